//! Tags of sessions, which are named by their ARN here.

use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::session::Session;
use super::sessions::{Sessions, pairs, text};
use super::wire::Refusal;
use crate::facts;

impl Sessions {
    /// GetTags.
    pub(super) fn tags(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let tags = self.by_arn(caller, members)?.tags();
        Ok(json!({"Tags": tags}).to_string().into_bytes())
    }

    /// TagResource.
    pub(super) fn tag(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let session = self.by_arn(caller, members)?;
        let mut tags = session.tags();
        tags.extend(pairs(members, "TagsToAdd"));
        let most = facts::sessions_api().limits.tags_max;
        if tags.len() > most {
            return Err(Refusal::invalid(format!("A session has at most {most} tags.")));
        }
        session.set_tags(tags);
        Ok(b"{}".to_vec())
    }

    /// UntagResource.
    pub(super) fn untag(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let session = self.by_arn(caller, members)?;
        let mut tags = session.tags();
        for name in members.get("TagsToRemove").and_then(Value::as_array).into_iter().flatten() {
            tags.remove(name.as_str().unwrap_or_default());
        }
        session.set_tags(tags);
        Ok(b"{}".to_vec())
    }

    /// The session of `arn:<partition>:glue:<region>:<account>:session/<id>`.
    fn by_arn(&self, caller: &Caller, members: &Map<String, Value>) -> Result<&Session, Refusal> {
        let arn = text(members, "ResourceArn");
        let mut parts = arn.splitn(6, ':').skip(4);
        let (account, resource) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match resource.strip_prefix("session/") {
            Some(id) if account == caller.account => self.session(caller, id),
            _ => Err(Refusal::not_found(format!("There is no {arn} on the local Glue: it has sessions alone."))),
        }
    }
}
