//! One request and its answer.

use std::convert::Infallible;
use std::sync::PoisonError;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONNECTION, EXPECT};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use super::Door;
use super::denial::{Denial, protocol};
use super::gate::look;
use super::signature::{Claim, claim};
use crate::local::service::{LARGEST_REQUEST, wire};

/// How much of what is dropped of a request is read, in bytes.
const DROPPED: usize = 4 * LARGEST_REQUEST;

/// Answers a request: hands it to the service, or refuses it. Where there are too many connections (`full`) it is refused.
pub(super) async fn answered(
    door: &Door,
    request: Request<Incoming>,
    full: bool,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, mut body) = request.into_parts();
    let mut answer = match let_in(door, &head, &mut body, full).await {
        Ok(bytes) => door.glue.handle(Request::from_parts(head, bytes)).await,
        Err(denial) => {
            tracing::debug!(?denial, "a request to the local Glue was refused");
            let service = protocol(&head.headers);
            let mut answer = wire::refused(service, &denial.refusal(service));
            // Who has a key, and is only too fast, goes on with the same connection.
            if denial != Denial::Throttled {
                // Who asks whether to send the body need not send it.
                if !head.headers.contains_key(EXPECT) {
                    drain(door, &mut body).await;
                }
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            answer
        }
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    Ok(answer.map(Full::new))
}

/// Returns the body of a request that is let in. It is not read before all else is found to be good.
async fn let_in(door: &Door, head: &Parts, body: &mut Incoming, full: bool) -> Result<Bytes, Denial> {
    look(head, door.port)?;
    if full {
        return Err(Denial::Full);
    }
    let claim: Claim = claim(&head.headers, &door.keys, SystemTime::now())?;
    let bytes = timeout(door.bounds.body_time, whole(body)).await.map_err(|_| Denial::Slow)??;
    claim.holds(head.method.as_str(), &head.headers, &bytes)?;
    let mut bucket = door.bucket.lock().unwrap_or_else(PoisonError::into_inner);
    if bucket.take() { Ok(bytes) } else { Err(Denial::Throttled) }
}

/// Reads a body, if it is not too large.
async fn whole(body: &mut Incoming) -> Result<Bytes, Denial> {
    if body.size_hint().lower() > LARGEST_REQUEST as u64 {
        return Err(Denial::TooLarge);
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // A body that breaks off is no longer than what has come, so its signature does not hold.
        let Ok(frame) = frame else { break };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > LARGEST_REQUEST {
            return Err(Denial::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// Reads on for a moment: a client that is still sending when the connection is closed does not see the answer.
async fn drain(door: &Door, body: &mut Incoming) {
    let read = async {
        let mut left = DROPPED;
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(1, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    let _ = timeout(door.bounds.drain_time, read).await;
}
