//! What a session costs, see [`crate::model::cost`]; and the size of the session that a request of ours asks for.

pub use crate::model::cost::{Cost, Size, Tariff};
use crate::session::SessionSpec;

impl Size {
    /// Returns the size of the session that a request asks for.
    pub fn of_spec(spec: &SessionSpec) -> Self {
        let workers = spec.number_of_workers.map(|count| u32::try_from(count).unwrap_or(0));
        let size = Self::of(spec.worker_type.as_deref(), workers, spec.max_capacity);
        size.with_arguments(spec.default_arguments.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::pricing::DpuKind;
    use crate::session::SessionId;

    #[test]
    fn a_request_says_how_large_its_session_is() {
        let mut spec = SessionSpec::new(SessionId::new("a"), "glueetl");
        assert_eq!(Size::of_spec(&spec).dpu, 5.0);
        spec.worker_type = Some("G.8X".into());
        spec.number_of_workers = Some(3);
        assert_eq!(Size::of_spec(&spec), Size { dpu: 24.0, unit: DpuKind::Standard, sure: true });
        spec.default_arguments.push(("--enable-auto-scaling".into(), "true".into()));
        assert!(!Size::of_spec(&spec).sure);
        spec.default_arguments[0].1 = "false".into();
        assert!(Size::of_spec(&spec).sure);
        spec.number_of_workers = Some(-3);
        assert_eq!(Size::of_spec(&spec).dpu, 0.0);
    }
}
