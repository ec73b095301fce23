//! The networks that a policy asks for, and the connections that lead there.

use super::permissions::Oracle;
use super::policy;
use super::probe::{Failure, Probe};
use super::report::Check;
use super::shown;
use crate::model::account::{Connection, Subnet};
use crate::model::policy::{Limits, Policy};

const ID: (&str, &str) = ("policy-vpc", "Network that the policy asks for");

/// The most names that are listed.
const MOST: usize = 20;

/// Judges for each place that asks for VPCs whether a connection lies in one. Nothing is asked, and nothing said, where
/// none does.
pub(super) async fn checks(
    probe: &dyn Probe,
    policy: &Policy,
    connections: &Result<Vec<Connection>, Failure>,
    oracle: &mut Oracle<'_>,
) -> Vec<Check> {
    let asking: Vec<&Limits> = policy.limits.iter().filter(|limits| !limits.required_vpcs.is_empty()).collect();
    let found = match connections {
        Ok(found) => found,
        Err(failure) => {
            let why = format!("the connections cannot be listed: {}.", failure.sentence());
            return asking.iter().map(|_| Check::unknown(ID.0, ID.1, &why)).collect();
        }
    };
    let mut ids: Vec<String> = found.iter().filter_map(|connection| connection.subnet.clone()).collect();
    ids.sort();
    ids.dedup();
    let subnets = if ids.is_empty() { Ok(Vec::new()) } else { probe.subnets(ids).await };
    oracle.note("ec2:DescribeSubnets", &subnets);
    match subnets {
        Ok(subnets) => asking.into_iter().map(|limits| judge(limits, found, &subnets)).collect(),
        Err(failure) => {
            let why = format!("the VPCs of the subnets cannot be seen: {}.", failure.sentence());
            let statement = policy::allow("GlueLsSubnets", &["ec2:DescribeSubnets".to_owned()], &["*".to_owned()]);
            let fixes = oracle.principal().grant("glue-ls-subnets", policy::policy(vec![statement]));
            let check = Check::unknown(ID.0, ID.1, &why);
            let check = if failure.is_denied() { check.fixes(fixes) } else { check };
            asking.iter().map(|_| check.clone()).collect()
        }
    }
}

fn judge(limits: &Limits, connections: &[Connection], subnets: &[Subnet]) -> Check {
    let vpc = |connection: &Connection| {
        let id = connection.subnet.as_ref()?;
        subnets.iter().find(|subnet| subnet.id == *id).map(|subnet| subnet.vpc.as_str())
    };
    let fits = |connection: &&Connection| {
        vpc(connection).is_some_and(|vpc| limits.required_vpcs.iter().any(|wanted| wanted == vpc))
    };
    let good: Vec<String> = connections.iter().filter(fits).map(|connection| shown(&connection.name)).collect();
    let wanted = limits.required_vpcs.iter().map(|vpc| shown(vpc)).collect::<Vec<_>>().join(", ");
    let asked = format!("{wanted} (`policy.requiredVpcs` in {})", limits.written_in);
    if !good.is_empty() {
        let more = if good.len() > MOST { format!(" and {} more", good.len() - MOST) } else { String::new() };
        let names = good.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
        return Check::ok(ID.0, ID.1, format!("connections in {asked}: {names}{more}"));
    }
    let unseen = connections.iter().any(|connection| connection.subnet.is_some() && vpc(connection).is_none());
    if unseen {
        let why = format!("no connection is known to lie in {asked}, and the VPCs of some are not told.");
        return Check::unknown(ID.0, ID.1, &why);
    }
    let message = format!(
        "no connection of the account lies in {asked}, so no session can meet the policy: create one there, or ask \
         whoever wrote the policy."
    );
    Check::failed(ID.0, ID.1, message).command(
        "aws glue create-connection --connection-input '{\"Name\": \"NAME\", \"ConnectionType\": \"NETWORK\", \
         \"ConnectionProperties\": {}, \"PhysicalConnectionRequirements\": {\"SubnetId\": \"subnet-ID\", \
         \"SecurityGroupIdList\": [\"sg-ID\"], \"AvailabilityZone\": \"ZONE\"}}'",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::Status;

    fn connection(name: &str, subnet: Option<&str>) -> Connection {
        Connection {
            name: name.into(),
            kind: "NETWORK".into(),
            description: None,
            subnet: subnet.map(str::to_owned),
            zone: None,
            security_groups: Vec::new(),
        }
    }

    #[test]
    fn the_connections_in_the_vpc_are_named() {
        let limits = Limits {
            written_in: "glue-ls.toml".into(),
            required_vpcs: vec!["vpc-1".into(), "vpc-2".into()],
            ..Limits::default()
        };
        let subnet = |id: &str, vpc: &str| Subnet { id: id.into(), vpc: vpc.into(), zone: None };
        let subnets = [subnet("s-1", "vpc-1"), subnet("s-9", "vpc-9")];
        let all = [connection("in", Some("s-1")), connection("out", Some("s-9")), connection("plain", None)];
        let check = judge(&limits, &all, &subnets);
        assert_eq!((check.status, check.message.contains("`in`")), (Status::Ok, true), "{check:?}");
        assert!(!check.message.contains("`out`"), "{}", check.message);
        let check = judge(&limits, &all[1..], &subnets);
        assert_eq!((check.status, check.fixes.len()), (Status::Failed, 1), "{check:?}");
        let check = judge(&limits, &[connection("new", Some("s-5"))], &subnets);
        assert_eq!(check.status, Status::Warning, "a subnet that is not told may lie there: {check:?}");
    }
}
