//! Whether the connections of a session lead where a policy wants, as far as the account tells.
//!
//! What no policy can say without the account: in which subnet and VPC a connection lies. Of a connection that is not
//! known, nothing is said.

use crate::model::account::{Connection, Known, Subnet};

use super::{Limits, Policy, shown};

/// Most connections of an account that are looked at.
const MOST_CONNECTIONS: usize = 10_000;

/// The connections of an account, and the subnets that they lie in.
#[derive(Debug, Clone)]
pub struct Network {
    /// The connections.
    pub connections: Known<Connection>,
    /// The subnets.
    pub subnets: Known<Subnet>,
}

/// Connections that do not lead where a policy wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Astray {
    /// The member of the policy, by its name in the settings.
    pub member: &'static str,
    /// The connection to blame, by its name; `None` where it is all of them together.
    pub connection: Option<String>,
    /// What is wrong, why, and where that is written, for people.
    pub message: String,
}

impl Network {
    /// Returns whether anything may be said of where connections lead.
    pub fn is_reliable(&self) -> bool {
        self.connections.is_reliable()
    }

    /// Returns which of the connections of a session lead elsewhere than a policy wants, in its order. Without any
    /// connection nothing is returned: [`super::breaches`] says that.
    ///
    /// `seen` says when the account was looked at.
    pub fn astray(&self, policy: &Policy, names: &[&str], seen: &str) -> Vec<Astray> {
        let mut found = Vec::new();
        if !self.is_reliable() || names.is_empty() {
            return found;
        }
        for limits in &policy.limits {
            for (member, wanted) in of_place(limits) {
                self.place(limits, member, wanted, names, seen, &mut found);
            }
            self.security_groups(limits, names, seen, &mut found);
        }
        found
    }

    /// Returns the connections of the account that are fine together with the given ones, by all that is known: those
    /// to networks first, then in order of their names, at most as many as wanted.
    pub fn fitting(&self, policy: &Policy, with: &[&str], most: usize) -> Vec<&Connection> {
        if !self.is_reliable() {
            return Vec::new();
        }
        let fits = |connection: &&Connection| {
            let mut names = with.to_vec();
            names.push(&connection.name);
            self.astray(policy, &names, "").is_empty() && self.is_proven(policy, connection)
        };
        let all = || self.connections.items.iter().take(MOST_CONNECTIONS);
        let plain = all().filter(|connection| connection.kind == "NETWORK").filter(fits).take(most);
        let others = all().filter(|connection| connection.kind != "NETWORK").filter(fits).take(most);
        let mut found: Vec<&Connection> = plain.chain(others).collect();
        found.truncate(most);
        found
    }

    /// Returns whether a connection is known to lie in what is required.
    fn is_proven(&self, policy: &Policy, connection: &Connection) -> bool {
        policy.limits.iter().flat_map(of_place).all(|(member, wanted)| {
            wanted.is_empty() || matches!(self.lies_in(member, connection), Lies::In(id) if wanted.contains(&id))
        })
    }

    /// What connections must lie in one of.
    fn place(
        &self,
        limits: &Limits,
        member: &'static str,
        wanted: &[String],
        names: &[&str],
        seen: &str,
        found: &mut Vec<Astray>,
    ) {
        if wanted.is_empty() {
            return;
        }
        let list = || wanted.iter().map(|id| shown(id)).collect::<Vec<_>>().join(", ");
        let what = if member == "requiredVpcs" { "VPCs" } else { "subnets" };
        let (mut inside, mut unknown) = (false, false);
        let before = found.len();
        for name in names {
            let Some(connection) = self.connections.find(name) else {
                unknown = true;
                continue;
            };
            match self.lies_in(member, connection) {
                Lies::In(id) if wanted.contains(&id) => inside = true,
                Lies::In(id) => {
                    let (name, id) = (shown(name), shown(&id));
                    let what =
                        format!("the connection {name} lies in {id}, none of the required {what}, {}{seen}", list());
                    let message = limits.message(member, &what);
                    found.push(Astray { member, connection: Some(connection.name.clone()), message });
                }
                Lies::Nowhere => {}
                Lies::Unknown => unknown = true,
            }
        }
        if !inside && !unknown && found.len() == before {
            let what = format!("no connection of the session lies in one of the required {what}, {}{seen}", list());
            found.push(Astray { member, connection: None, message: limits.message(member, &what) });
        }
    }

    fn security_groups(&self, limits: &Limits, names: &[&str], seen: &str, found: &mut Vec<Astray>) {
        let known: Option<Vec<&Connection>> = names.iter().map(|name| self.connections.find(name)).collect();
        let Some(known) = known else { return };
        let has = |group: &&String| known.iter().any(|connection| connection.security_groups.contains(group));
        let missing: Vec<String> =
            limits.required_security_groups.iter().filter(|group| !has(group)).map(|group| shown(group)).collect();
        if missing.is_empty() {
            return;
        }
        let (member, plural) = ("requiredSecurityGroups", if missing.len() == 1 { "" } else { "s" });
        let what = format!(
            "no connection of the session has the required security group{plural} {}{seen}",
            missing.join(", ")
        );
        found.push(Astray { member, connection: None, message: limits.message(member, &what) });
    }

    fn lies_in(&self, member: &str, connection: &Connection) -> Lies {
        let Some(subnet) = connection.subnet.as_deref().filter(|subnet| !subnet.is_empty()) else {
            return Lies::Nowhere;
        };
        if member == "requiredSubnets" {
            return Lies::In(subnet.to_owned());
        }
        match self.subnets.find(subnet).filter(|_| self.subnets.fresh) {
            Some(subnet) => Lies::In(subnet.vpc.clone()),
            None => Lies::Unknown,
        }
    }
}

/// Where a connection lies.
enum Lies {
    /// There, by its id.
    In(String),
    /// In no network.
    Nowhere,
    /// Nobody knows.
    Unknown,
}

/// The limits of which a session must be in one place.
fn of_place(limits: &Limits) -> [(&'static str, &[String]); 2] {
    [("requiredSubnets", &limits.required_subnets), ("requiredVpcs", &limits.required_vpcs)]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::account::Status;

    fn known<T: Clone>(items: &[T]) -> Known<T> {
        Known {
            items: items.to_vec().into(),
            status: Status::Ready,
            age: Some(Duration::ZERO),
            complete: true,
            fresh: true,
        }
    }

    fn network() -> Network {
        let connection = |name: &str, kind: &str, subnet: Option<&str>, group: &str| Connection {
            name: name.into(),
            kind: kind.into(),
            description: None,
            subnet: subnet.map(Into::into),
            zone: None,
            security_groups: vec![group.into()],
        };
        let subnet = |id: &str, vpc: &str| Subnet { id: id.into(), vpc: vpc.into(), zone: None };
        Network {
            connections: known(&[
                connection("a-db", "JDBC", Some("subnet-1"), "sg-1"),
                connection("market", "MARKETPLACE", None, ""),
                connection("net", "NETWORK", Some("subnet-1"), "sg-2"),
                connection("odd", "NETWORK", Some("subnet-9"), ""),
                connection("other", "NETWORK", Some("subnet-2"), "sg-1"),
            ]),
            subnets: known(&[subnet("subnet-1", "vpc-1"), subnet("subnet-2", "vpc-2")]),
        }
    }

    fn vpc() -> Policy {
        Policy { limits: vec![Limits { required_vpcs: vec!["vpc-1".into()], ..Limits::default() }] }
    }

    fn blamed(network: &Network, policy: &Policy, names: &[&str]) -> Vec<Option<String>> {
        network.astray(policy, names, "").into_iter().map(|astray| astray.connection).collect()
    }

    #[test]
    fn a_connection_elsewhere_is_told_from_one_that_lies_nowhere_and_one_that_is_not_known() {
        let network = network();
        assert_eq!(blamed(&network, &vpc(), &["net"]), []);
        assert_eq!(blamed(&network, &vpc(), &["net", "market"]), []);
        assert_eq!(blamed(&network, &vpc(), &["other", "net"]), [Some("other".to_owned())]);
        assert_eq!(blamed(&network, &vpc(), &["market"]), [None]);
        // One that may lie in it: its subnet is not known, or it is not there.
        assert_eq!(blamed(&network, &vpc(), &["market", "odd"]), []);
        assert_eq!(blamed(&network, &vpc(), &["market", "no-such"]), []);
    }

    #[test]
    fn what_is_old_or_not_whole_says_nothing() {
        for change in [
            |known: &mut Network| known.connections.fresh = false,
            |known: &mut Network| {
                known.connections.complete = false;
            },
        ] {
            let mut network = network();
            change(&mut network);
            assert_eq!(blamed(&network, &vpc(), &["other"]), []);
            assert!(network.fitting(&vpc(), &[], 5).is_empty());
        }
        let mut network = network();
        network.subnets = Known::default();
        assert_eq!(blamed(&network, &vpc(), &["other"]), []);
    }

    #[test]
    fn what_fits_keeps_to_all_limits() {
        let network = network();
        let names = |policy: &Policy| -> Vec<String> {
            network.fitting(policy, &[], 5).iter().map(|connection| connection.name.clone()).collect()
        };
        assert_eq!(names(&vpc()), ["net", "a-db"]);
        let mut both = vpc();
        both.limits.push(Limits { required_security_groups: vec!["sg-1".into()], ..Limits::default() });
        assert_eq!(names(&both), ["a-db"]);
        both.limits.push(Limits { required_subnets: vec!["subnet-2".into()], ..Limits::default() });
        assert_eq!(names(&both), [""; 0]);
    }
}
