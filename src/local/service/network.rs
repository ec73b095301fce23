//! Where connections lead: EC2's part, in its own form of the Query protocol.

use std::fmt::Write as _;

use http::StatusCode;

use super::LocalConfig;
use super::access::{self, is_denied};
use super::caller::Caller;
use super::wire::{Parameters, Refusal, escaped};

/// How many values of a filter are looked at.
const VALUES: usize = 200;

/// Answers a request to EC2 with XML. It knows subnets only, those of the connections.
pub(super) fn answer(config: &LocalConfig, caller: &Caller, body: &[u8]) -> Result<String, Refusal> {
    let given = Parameters::of(body);
    let action = given.get("Action").unwrap_or_default();
    if action != "DescribeSubnets" {
        return Err(Refusal::new("InvalidAction", format!("The local Glue has no operation {action}.")));
    }
    if is_denied(config, caller, "ec2:DescribeSubnets") {
        let message = "You are not authorized to perform this operation.";
        return Err(Refusal { status: StatusCode::FORBIDDEN, ..Refusal::new("UnauthorizedOperation", message) });
    }
    let mut wanted = given.list("SubnetId", VALUES);
    let mut vpcs = Vec::new();
    for number in 1..=VALUES {
        let Some(name) = given.get(&format!("Filter.{number}.Name")) else { break };
        let values = given.list(&format!("Filter.{number}.Value"), VALUES);
        match name {
            "subnet-id" => wanted.extend(values),
            "vpc-id" => vpcs.extend(values),
            _ => return Err(Refusal::new("InvalidParameterValue", format!("The filter '{name}' is invalid"))),
        }
    }
    let mut items = String::new();
    let mut told: Vec<&str> = Vec::new();
    let connections = config.spark.catalogue.connections.iter();
    for connection in connections.filter(|connection| access::is_of(config, caller, connection)) {
        let (Some(subnet), Some(vpc)) = (&connection.subnet, &connection.vpc) else { continue };
        let asked = wanted.is_empty() || wanted.contains(subnet);
        let inside = vpcs.is_empty() || vpcs.contains(vpc);
        if !asked || !inside || told.contains(&subnet.as_str()) {
            continue;
        }
        told.push(subnet);
        let _ = write!(
            items,
            "<item><subnetId>{}</subnetId><state>available</state><vpcId>{}</vpcId><ownerId>{}</ownerId>",
            escaped(subnet),
            escaped(vpc),
            escaped(&caller.account)
        );
        if let Some(zone) = &connection.zone {
            let _ = write!(items, "<availabilityZone>{}</availabilityZone>", escaped(zone));
        }
        items.push_str("</item>");
    }
    Ok(format!(
        "<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{}</requestId>\
         <subnetSet>{items}</subnetSet></DescribeSubnetsResponse>",
        uuid::Uuid::new_v4(),
    ))
}
