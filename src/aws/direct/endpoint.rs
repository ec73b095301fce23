//! The addresses of EC2 and S3.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::facts;

/// A service whose calls are signed by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Service {
    /// Elastic Compute Cloud.
    Ec2,
    /// Simple Storage Service.
    S3,
}

impl Service {
    /// The name in signatures.
    pub(in crate::aws) fn signing_name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::S3 => "s3",
        }
    }

    /// The name in `AWS_ENDPOINT_URL_…` and in the config files.
    fn id(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::S3 => "S3",
        }
    }
}

/// Where the services are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::aws) struct Endpoints {
    ec2: Option<String>,
    s3: Option<String>,
    fips: bool,
    dual_stack: bool,
}

impl Endpoints {
    /// As environment and profile say, in the order of the SDK: what is for the service comes before what is for all.
    pub(super) fn of(config: &SdkConfig) -> Endpoints {
        let set = |service: Service| {
            let everywhere = || config.endpoint_url().map(str::to_owned);
            if config.get_origin("endpoint_url").is_client_config() {
                return everywhere();
            }
            let key = ServiceConfigKey::builder()
                .service_id(service.id())
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build()
                .ok();
            key.and_then(|key| config.service_config()?.load_config(key)).or_else(everywhere)
        };
        Endpoints {
            ec2: set(Service::Ec2),
            s3: set(Service::S3),
            fips: config.use_fips().unwrap_or_default(),
            dual_stack: config.use_dual_stack().unwrap_or_default(),
        }
    }

    /// The address of a service in a region, without a slash at its end.
    ///
    /// # Errors
    /// When what was configured is no address; the text says so.
    pub(in crate::aws) fn base(&self, service: Service, region: &str) -> Result<String, String> {
        let set = match service {
            Service::Ec2 => &self.ec2,
            Service::S3 => &self.s3,
        };
        match set {
            Some(address) => checked(address),
            None => Ok(format!("https://{}", self.host(service, region))),
        }
    }

    /// The address of a bucket: its name is part of the host's where it can be, else of the path.
    ///
    /// # Errors
    /// When there can be no such bucket, or what was configured is no address; the text says so.
    pub(in crate::aws) fn bucket(&self, bucket: &str, region: &str) -> Result<String, String> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(allowed) || bucket.starts_with('.') {
            return Err(format!("\"{}\" is no bucket's name", bucket.escape_debug()));
        }
        if bucket.ends_with("--x-s3") {
            return Err("what is in a directory bucket cannot be listed here".to_owned());
        }
        if self.s3.is_none() && can_be_a_host(bucket) {
            return Ok(format!("https://{bucket}.{}/", self.host(Service::S3, region)));
        }
        Ok(format!("{}/{bucket}", self.base(Service::S3, region)?))
    }

    fn host(&self, service: Service, region: &str) -> String {
        let partition = facts::regions().partition_of(region);
        let suffix = partition.map_or("amazonaws.com", |partition| &partition.dns_suffix);
        match (service, self.fips, self.dual_stack) {
            (Service::S3, false, false) => format!("s3.{region}.{suffix}"),
            (Service::S3, true, false) => format!("s3-fips.{region}.{suffix}"),
            (Service::S3, false, true) => format!("s3.dualstack.{region}.{suffix}"),
            (Service::S3, true, true) => format!("s3-fips.dualstack.{region}.{suffix}"),
            (Service::Ec2, fips, dual_stack) => {
                // In GovCloud the usual hosts are the validated ones.
                let usual = !fips || !dual_stack && partition.is_some_and(|partition| partition.id == "aws-us-gov");
                let name = if usual { "ec2" } else { "ec2-fips" };
                let suffix =
                    partition.filter(|_| dual_stack).map_or(suffix, |partition| partition.dualstack_suffix.as_str());
                format!("{name}.{region}.{suffix}")
            }
        }
    }
}

/// Whether a bucket's name can be a part of a host's that certificates are for.
fn can_be_a_host(bucket: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    bucket.len() <= 63 && bucket.bytes().all(inner) && !bucket.starts_with('-') && !bucket.ends_with('-')
}

fn checked(address: &str) -> Result<String, String> {
    let parsed: Option<http::Uri> = address.trim().parse().ok();
    let good = parsed.filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.query().is_none()
    });
    match good {
        Some(uri) => Ok(uri.to_string().trim_end_matches('/').to_owned()),
        None => Err("the endpoint in the environment or the profile is no address".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_own_hosts() {
        let usual = Endpoints::default();
        for (region, ec2, s3) in [
            ("eu-west-1", "https://ec2.eu-west-1.amazonaws.com", "https://my-data.s3.eu-west-1.amazonaws.com/"),
            (
                "cn-north-1",
                "https://ec2.cn-north-1.amazonaws.com.cn",
                "https://my-data.s3.cn-north-1.amazonaws.com.cn/",
            ),
            (
                "us-gov-west-1",
                "https://ec2.us-gov-west-1.amazonaws.com",
                "https://my-data.s3.us-gov-west-1.amazonaws.com/",
            ),
            (
                "eusc-de-east-1",
                "https://ec2.eusc-de-east-1.amazonaws.eu",
                "https://my-data.s3.eusc-de-east-1.amazonaws.eu/",
            ),
        ] {
            assert_eq!(usual.base(Service::Ec2, region).unwrap(), ec2);
            assert_eq!(usual.bucket("my-data", region).unwrap(), s3);
        }
        let other = Endpoints { fips: true, ..Endpoints::default() };
        assert_eq!(other.base(Service::Ec2, "us-east-1").unwrap(), "https://ec2-fips.us-east-1.amazonaws.com");
        assert_eq!(other.base(Service::Ec2, "us-gov-west-1").unwrap(), "https://ec2.us-gov-west-1.amazonaws.com");
        assert_eq!(other.bucket("b-1", "us-east-1").unwrap(), "https://b-1.s3-fips.us-east-1.amazonaws.com/");
        let other = Endpoints { dual_stack: true, ..Endpoints::default() };
        assert_eq!(other.base(Service::Ec2, "us-east-1").unwrap(), "https://ec2.us-east-1.api.aws");
        assert_eq!(other.bucket("b-1", "us-east-1").unwrap(), "https://b-1.s3.dualstack.us-east-1.amazonaws.com/");
    }

    #[test]
    fn a_name_that_cannot_be_a_host_and_a_configured_endpoint_put_the_bucket_in_the_path() {
        let usual = Endpoints::default();
        for name in ["my.data", "My-Data", "my_data", &"a".repeat(64)] {
            assert_eq!(usual.bucket(name, "eu-west-1").unwrap(), format!("https://s3.eu-west-1.amazonaws.com/{name}"));
        }
        let set = Endpoints { s3: Some("http://127.0.0.1:5000/".into()), ..Endpoints::default() };
        assert_eq!(set.bucket("my-data", "eu-west-1").unwrap(), "http://127.0.0.1:5000/my-data");
        assert_eq!(set.base(Service::Ec2, "eu-west-1").unwrap(), "https://ec2.eu-west-1.amazonaws.com");
    }

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        let usual = Endpoints::default();
        for name in
            ["", "ab", "a/b", "evil.example#", "a b c", "a@b", "..", "../x", "arn:aws:s3", "büc", "d--use1-az4--x-s3"]
        {
            assert!(usual.bucket(name, "eu-west-1").is_err(), "{name}");
        }
        for address in ["", "localhost:5000", "ftp://x", "http://user:pass@x", "http://x/?a=b", "http://a b"] {
            let set = Endpoints { s3: Some(address.into()), ..Endpoints::default() };
            let error = set.base(Service::S3, "eu-west-1").unwrap_err();
            assert!(!error.contains("pass"), "{error}");
        }
    }
}
