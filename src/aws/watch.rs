//! Looks on while the SDK makes a call: whether the request went out, and what came back, word for word.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

/// The observer of one call.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Seen>);

#[derive(Default)]
struct Seen {
    sent: AtomicBool,
    body: Mutex<Option<Vec<u8>>>,
}

impl Watch {
    /// Whether a request was handed to the connection, in any attempt.
    pub(super) fn sent(&self) -> bool {
        self.0.sent.load(Ordering::Acquire)
    }

    /// Whether the answer of the last attempt arrived to its end.
    pub(super) fn answered(&self) -> bool {
        self.body().is_some()
    }

    /// Whether the answer of the last attempt has nothing in it.
    pub(super) fn is_blank(&self) -> bool {
        self.body().as_deref().is_none_or(|bytes| bytes.iter().all(u8::is_ascii_whitespace))
    }

    /// The answer of the last attempt, if it is a JSON object. An empty one counts as an object without
    /// members.
    pub(super) fn object(&self) -> Option<Value> {
        let body = self.body();
        let bytes = body.as_deref()?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Some(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(bytes).ok().filter(Value::is_object)
    }

    fn body(&self) -> std::sync::MutexGuard<'_, Option<Vec<u8>>> {
        self.0.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watch {
    /// Without the answer: it may hold what the user's code printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("sent", &self.sent()).finish_non_exhaustive()
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.sent.store(true, Ordering::Release);
        *self.body() = None;
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *self.body() = context.response().body().bytes().map(<[u8]>::to_vec);
        Ok(())
    }
}
