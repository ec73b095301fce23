//! Errors, in the codes, words and forms of each service.

use bytes::Bytes;
use hyper::{Response, StatusCode};
use serde_json::json;

use super::request::Asked;
use crate::service::{Fault, SKEWED};

const EXPIRED: &str = "The security token included in the request is expired";
const REJECTED: &str = "The security token included in the request is invalid.";
const UNKNOWN_KEY: &str = "The AWS Access Key Id you provided does not exist in our records.";
const NOT_VALIDATED: &str = "AWS was not able to validate the provided access credentials";
const TOO_LARGE: &str = "The difference between the request time and the current time is too large.";

/// Returns how a service refuses a request, if the fault is that it does.
pub(super) fn of(fault: Fault, asked: &Asked, caller: Option<&String>) -> Option<Response<Bytes>> {
    let service = asked.service.as_str();
    let (status, code, message) = match (fault, service) {
        (Fault::Throttle, "glue") => (400, "ThrottlingException", "Rate exceeded"),
        (Fault::Throttle, "ec2") => (503, "RequestLimitExceeded", "Request limit exceeded."),
        (Fault::Throttle, "s3") => (503, "SlowDown", "Please reduce your request rate."),
        (Fault::Throttle, _) => (400, "Throttling", "Rate exceeded"),
        (Fault::Internal, "glue") => (500, "InternalServiceException", "Something went wrong inside"),
        (Fault::Internal, _) => (500, "InternalError", "Something went wrong inside"),
        (Fault::Expired, "glue") => (400, "ExpiredTokenException", EXPIRED),
        (Fault::Expired, "ec2") => (400, "RequestExpired", "Request has expired."),
        (Fault::Expired, "s3") => (400, "ExpiredToken", "The provided token has expired."),
        (Fault::Expired, "portal.sso") => (401, "UnauthorizedException", "Session token not found or invalid"),
        (Fault::Expired, _) => (403, "ExpiredToken", EXPIRED),
        (Fault::Rejected, "glue") => (400, "UnrecognizedClientException", REJECTED),
        (Fault::Rejected, "ec2") => (401, "AuthFailure", NOT_VALIDATED),
        (Fault::Rejected, "s3") => (403, "InvalidAccessKeyId", UNKNOWN_KEY),
        (Fault::Rejected, _) => (403, "InvalidClientTokenId", REJECTED),
        (Fault::Skewed, "glue") => (400, "InvalidSignatureException", SKEWED),
        (Fault::Skewed, "s3") => (403, "RequestTimeTooSkewed", TOO_LARGE),
        (Fault::Skewed, _) => (403, "SignatureDoesNotMatch", SKEWED),
        (Fault::Denied, _) => return Some(denied(asked, caller)),
        _ => return None,
    };
    Some(refused(service, status, code, message))
}

fn denied(asked: &Asked, caller: Option<&String>) -> Response<Bytes> {
    let (service, operation) = (asked.service.as_str(), asked.operation.as_str());
    let action = match operation {
        "ListBuckets" => "s3:ListAllMyBuckets".to_owned(),
        "ListObjectsV2" => "s3:ListBucket".to_owned(),
        _ => format!("{service}:{operation}"),
    };
    let region = asked.signer.as_ref().map_or("eu-west-1", |(_, region)| region);
    let session = "arn:aws:sts::123456789012:assumed-role/Analyst/ana@example.com".to_owned();
    let caller = caller.unwrap_or(&session);
    let account = caller.split(':').nth(4).unwrap_or_default();
    let why = format!("because no identity-based policy allows the {action} action");
    let resource = match service {
        "glue" => format!(" on resource: arn:aws:glue:{region}:{account}:catalog"),
        "iam" => format!(" on resource: arn:aws:iam::{account}:role/"),
        _ => String::new(),
    };
    let text = format!("User: {caller} is not authorized to perform: {action}{resource} {why}");
    match service {
        "glue" => refused(service, 400, "AccessDeniedException", &text),
        "ec2" => {
            let text = format!("You are not authorized to perform this operation. {text}");
            refused(service, 403, "UnauthorizedOperation", &text)
        }
        _ => refused(service, 403, "AccessDenied", &text),
    }
}

/// An error in the form of a service.
fn refused(service: &str, status: u16, code: &str, message: &str) -> Response<Bytes> {
    let error = format!("<Code>{code}</Code><Message>{message}</Message>");
    let body = match service {
        "glue" => json!({"__type": code, "Message": message}).to_string(),
        "portal.sso" => json!({"__type": code, "message": message}).to_string(),
        "ec2" => format!("<Response><Errors><Error>{error}</Error></Errors><RequestID>r-1</RequestID></Response>"),
        "s3" => format!("<Error>{error}<RequestId>r-1</RequestId></Error>"),
        _ => {
            format!(
                "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>r-1</RequestId></ErrorResponse>"
            )
        }
    };
    let kind = if body.starts_with('{') { "application/x-amz-json-1.1" } else { "text/xml" };
    let mut response = respond(status, kind, body);
    let code = hyper::header::HeaderValue::from_str(code).unwrap();
    if service == "portal.sso" {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

/// A web page.
pub(super) fn page(status: u16) -> Response<Bytes> {
    let page = "<!DOCTYPE html><html><body><h1>One moment, please</h1></body></html>";
    respond(status, "text/html", page.to_owned())
}

fn respond(status: u16, kind: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(kind));
    response.headers_mut().insert("x-amzn-requestid", hyper::header::HeaderValue::from_static("r-1"));
    response
}
