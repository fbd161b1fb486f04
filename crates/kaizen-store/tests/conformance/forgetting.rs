//! What is forgotten is gone, with all that was said about it, and from the disk.

use crate::operations::{of_operation, plain, thought, trajectory};
use crate::world::{World, hash, scenarios};
use kaizen_domain::operation::{Content, Operation};
use kaizen_domain::trajectory::{About, Feedback, Trajectory};
use kaizen_store::{CachedAnswer, Filter, Forget, Forgotten, Keep, Location};

scenarios!(
    an_operation_is_forgotten_with_what_names_it,
    a_session_is_forgotten_whole,
    a_tenant_is_forgotten_with_its_sessions_and_answers,
    what_is_too_old_is_forgotten_and_the_rest_stays,
    forgotten_words_are_not_on_the_disk,
);

fn in_session(id: &str, at: i64, session: &str, tenant: &str) -> Operation {
    Operation { session: Some(session.parse().unwrap()), tenant: Some(tenant.into()), ..plain(id, at) }
}

/// Three operations in two sessions of two tenants, a trajectory for each session, feedback about all of it.
async fn filled(world: &World) {
    let (store, project) = (&world.store, world.project);
    let operations = [in_session("o1", 10, "s1", "shop"), in_session("o2", 20, "s1", "shop"), in_session("o_3", 30, "s2", "bank")];
    store.record_operations(project, &operations).await.unwrap();
    let second = Trajectory { session: Some("s2".parse().unwrap()), operations: vec!["oX3".parse().unwrap()], ..trajectory("t2", 30) };
    store.record_trajectories(project, &[trajectory("t1", 10), second]).await.unwrap();
    let session = |name: &str| About::Session(name.parse().unwrap());
    let about = [of_operation("o1"), of_operation("o2"), of_operation("t1"), of_operation("o_3"), session("s1"), session("s2")];
    let all: Vec<_> = about.into_iter().map(|about| thought(about, Some(1.0))).collect();
    assert_eq!(store.record_feedback(project, &all).await.unwrap(), [true; 6]);
    store.bury(project, 10, "api", &[("no".into(), "x".into())]).await.unwrap();
    let (answer, keep) = (CachedAnswer { answer: b"a".to_vec(), cost: None }, Keep { lifetime_ms: 1_000, entries: 10 });
    for tenant in ["shop", "bank"] {
        store.cache_answer(tenant, hash("q"), &answer, keep, 10).await.unwrap();
    }
}

async fn forgotten(world: &World, what: Forget) -> (Forgotten, Vec<String>) {
    let told = world.store.would_forget(world.project, &what).await.unwrap();
    let gone = world.store.forget(world.project, &what).await.unwrap();
    assert_eq!(gone, told, "what was announced is what went");
    assert_eq!(world.store.forget(world.project, &what).await.unwrap().total(), 0, "once is enough");
    let operations = world.store.operations(world.project, &Filter::default(), 10).await.unwrap().items.into_iter().map(|one| one.id);
    let trajectories = world.store.trajectories(world.project, &Filter::default(), 10).await.unwrap().items.into_iter().map(|one| one.id);
    (gone, operations.chain(trajectories).map(|id| id.to_string()).collect())
}

async fn an_operation_is_forgotten_with_what_names_it(world: World) {
    filled(&world).await;
    let (gone, left) = forgotten(&world, Forget::Operation("o1".parse().unwrap())).await;
    assert_eq!((gone.operations, gone.trajectories, gone.feedback), (1, 1, 2), "what was said about its trajectory too");
    assert_eq!(left, ["o_3", "o2", "t2"]);
    // `_` stands for itself: the trajectory of oX3 is not one of o_3.
    let (gone, left) = forgotten(&world, Forget::Operation("o_3".parse().unwrap())).await;
    assert_eq!((gone.operations, gone.trajectories, gone.feedback), (1, 0, 1));
    assert_eq!(left, ["o2", "t2"]);
}

async fn a_session_is_forgotten_whole(world: World) {
    filled(&world).await;
    let (gone, left) = forgotten(&world, Forget::Session("s1".parse().unwrap())).await;
    assert_eq!((gone.operations, gone.trajectories, gone.feedback, gone.answers), (2, 1, 4, 0));
    assert_eq!(left, ["o_3", "t2"]);
}

async fn a_tenant_is_forgotten_with_its_sessions_and_answers(world: World) {
    filled(&world).await;
    let (gone, left) = forgotten(&world, Forget::Tenant("shop".into())).await;
    assert_eq!((gone.operations, gone.trajectories, gone.feedback, gone.answers), (2, 1, 4, 1));
    assert_eq!(left, ["o_3", "t2"]);
    assert_eq!(world.store.cache_stats().await.unwrap().entries, 1);
}

async fn what_is_too_old_is_forgotten_and_the_rest_stays(world: World) {
    filled(&world).await;
    let late = Feedback { at: 90, ..thought(of_operation("t1"), None) };
    assert_eq!(world.store.record_feedback(world.project, std::slice::from_ref(&late)).await.unwrap(), [true]);
    let (gone, left) = forgotten(&world, Forget::Before(20)).await;
    assert_eq!(world.store.feedback(world.project, &late.about).await.unwrap(), [], "said later, and about what is gone");
    assert_eq!((gone.operations, gone.trajectories, gone.dead_letters, gone.answers), (1, 1, 1, 2));
    assert_eq!(left, ["o_3", "o2", "t2"]);
}

async fn forgotten_words_are_not_on_the_disk(world: World) {
    let Location::Sqlite(file) = &world.location else { return };
    let secret = "the-word-nobody-may-find".repeat(4);
    let content = Some(Content { input: Some(secret.clone()), output: None });
    let batch: Vec<Operation> = (0..50).map(|number| Operation { content: content.clone(), ..plain(&format!("o{number}"), 1) }).collect();
    world.store.record_operations(world.project, &batch).await.unwrap();
    let on_disk = || {
        let files = ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", file.display())).unwrap_or_default());
        files.iter().any(|bytes| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()))
    };
    assert!(on_disk());
    world.store.forget(world.project, &Forget::Before(2)).await.unwrap();
    assert!(!on_disk());
}
