//! From one candidate to the next: where the first one fails in a way that another may not, the next one is asked.
//!
//! For routed names only; a model asked for by name is the only candidate. A stream that began is an answer, so what happens
//! to it later asks nobody else. Paying for each attempt is the caller's, inside the attempt it hands in.

use crate::send::Failed;
use futures_util::future::BoxFuture;

/// Who answered.
#[derive(Debug)]
pub struct Won<A> {
    /// The answer.
    pub answer: A,
    /// The place of the candidate that gave it.
    pub at: usize,
    /// Why the candidates before it did not, in order.
    pub passed: Vec<Failed>,
}

/// Nobody did.
#[derive(Debug)]
pub struct Lost {
    /// Why, one for each candidate that was asked; never empty unless there was no candidate.
    pub passed: Vec<Failed>,
}

/// Asks the candidates in order until one answers, or fails in a way that no other candidate would mend.
pub async fn first<'t, T, A>(
    candidates: &'t [T],
    mut attempt: impl FnMut(&'t T) -> BoxFuture<'t, Result<A, Failed>> + Send,
) -> Result<Won<A>, Lost> {
    let mut passed = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        match attempt(candidate).await {
            Ok(answer) => return Ok(Won { answer, at, passed }),
            Err(failed) => {
                let another = failed.another_may_help();
                passed.push(failed);
                if !another {
                    break;
                }
            }
        }
    }
    Err(Lost { passed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;

    fn refused(status: u16) -> Failed {
        Failed::Refused { status, body: Bytes::new(), headers: Box::new(HeaderMap::new()), again: false }
    }

    async fn run(statuses: &[u16]) -> Result<(usize, usize), usize> {
        let attempt = |status: &u16| -> BoxFuture<'_, Result<u16, Failed>> {
            let status = *status;
            Box::pin(async move { if status == 200 { Ok(status) } else { Err(refused(status)) } })
        };
        first(statuses, attempt).await.map(|won| (won.at, won.passed.len())).map_err(|lost| lost.passed.len())
    }

    #[tokio::test]
    async fn the_next_candidate_is_asked_when_it_may_help() {
        assert_eq!(run(&[200, 200]).await, Ok((0, 0)));
        assert_eq!(run(&[503, 429, 200]).await, Ok((2, 2)));
        assert_eq!(run(&[401, 404, 200]).await, Ok((2, 2)));
        assert_eq!(run(&[503, 503]).await, Err(2));
        assert_eq!(run(&[]).await, Err(0));
    }

    #[tokio::test]
    async fn a_request_that_is_wrong_is_wrong_everywhere() {
        assert_eq!(run(&[400, 200]).await, Err(1));
        assert_eq!(run(&[503, 422, 200]).await, Err(2));
    }
}
