//! Purging: a project, or everything, leaves the store for good, its audit chain included. One transaction.
//!
//! Content stays as long as another project names it. Ids are never given out again: the sequences stay.

use crate::Store;
use crate::db::{Db, Tx, list, values};
use crate::error::StoreError;
use crate::table::{Owner, TABLES};
use kaizen_domain::id::ProjectId;
use std::collections::{BTreeMap, BTreeSet};

/// How many addresses one statement names.
const BATCH: usize = 500;

/// How many rows of each table went; tables that lost none are not named.
pub type Purged = BTreeMap<&'static str, u64>;

impl Store {
    /// Deletes all a project has.
    pub async fn purge(&self, project: ProjectId) -> Result<Purged, StoreError> {
        let (tx, gone) = self.purged(project).await?;
        tx.commit().await?;
        self.shrink().await?;
        Ok(gone)
    }

    /// How much [`Store::purge`] would delete; nothing is.
    pub async fn would_purge(&self, project: ProjectId) -> Result<Purged, StoreError> {
        self.purged(project).await.map(|(_, gone)| gone)
    }

    /// Deletes every project, all content, and what the gateway kept: keys, money, answers, runs.
    pub async fn purge_everything(&self) -> Result<Purged, StoreError> {
        let (tx, gone) = self.everything().await?;
        tx.commit().await?;
        self.shrink().await?;
        Ok(gone)
    }

    /// How much [`Store::purge_everything`] would delete; nothing is.
    pub async fn would_purge_everything(&self) -> Result<Purged, StoreError> {
        self.everything().await.map(|(_, gone)| gone)
    }

    async fn purged(&self, project: ProjectId) -> Result<(Tx, Purged), StoreError> {
        let unshared = self.content_of_no_other(project).await?;
        let mut tx = self.db.begin().await?;
        let mut gone = Purged::new();
        for (table, owner) in TABLES.into_iter().rev() {
            let column = match owner {
                Owner::Store => continue,
                Owner::Itself => "id",
                Owner::Project => "project_id",
            };
            note(&mut gone, table, tx.execute(format!("DELETE FROM {table} WHERE {column} = $1"), values![project]).await?);
        }
        for batch in unshared.chunks(BATCH) {
            let sql = format!("DELETE FROM blob WHERE hash IN ({})", list(1, batch.len()));
            let bound: Vec<_> = batch.iter().map(crate::db::Value::from).collect();
            note(&mut gone, "blob", tx.execute(sql, &bound).await?);
        }
        Ok((tx, gone))
    }

    async fn content_of_no_other(&self, project: ProjectId) -> Result<Vec<String>, StoreError> {
        let mut own = self.content_of(project).await?;
        for other in self.projects().await?.into_iter().filter(|other| other.id != project) {
            let shared: BTreeSet<String> = self.content_of(other.id).await?;
            own.retain(|hash| !shared.contains(hash));
        }
        Ok(own.into_iter().collect())
    }

    async fn everything(&self) -> Result<(Tx, Purged), StoreError> {
        let mut tx = self.db.begin().await?;
        let mut gone = Purged::new();
        for (table, _) in TABLES.into_iter().rev().filter(|(table, _)| *table != "sequence") {
            note(&mut gone, table, tx.execute(format!("DELETE FROM {table}"), &[]).await?);
        }
        Ok((tx, gone))
    }

    /// Gives the space back to the disk. PostgreSQL does so by itself.
    async fn shrink(&self) -> Result<(), StoreError> {
        if let Db::Sqlite { write, .. } = &self.db {
            sqlx::query("VACUUM").execute(write).await?;
        }
        self.db.fold_log().await
    }
}

fn note(gone: &mut Purged, table: &'static str, rows: u64) {
    if rows > 0 {
        *gone.entry(table).or_default() += rows;
    }
}
