//! Names of files, for ids that users may have chosen.

/// Longest stem, in bytes: with what is put behind it, a name stays below the 255 that file systems allow.
const LONGEST: usize = 180;
/// Names that Windows gives to devices, whatever is put behind them.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "com", "lpt"];

/// Returns the name of an id's record: one for each id, on every file system, and never anything but a file name.
///
/// Lower-case letters, digits, `-` and `_` stand for themselves, every other byte is `%` and two digits. So ids that
/// differ in upper and lower case only, or in how an accent is written, have different files everywhere. A long id is
/// cut and gets a hash; whoever reads the file compares the id in it.
pub(super) fn of(id: &str) -> String {
    let mut stem = String::new();
    // The first letter of a device's name is escaped, which leaves a name that no device has.
    let device = DEVICES.iter().any(|name| id.starts_with(name));
    for (at, byte) in id.bytes().enumerate() {
        let plain = matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') && !(at == 0 && device);
        let piece = if plain { char::from(byte).to_string() } else { format!("%{byte:02x}") };
        if stem.len() + piece.len() > LONGEST {
            return format!("{stem}~{:032x}.json", hash(id.as_bytes()));
        }
        stem.push_str(&piece);
    }
    format!("{stem}.json")
}

/// FNV-1a with 128 bits: enough to tell the ids of one user apart, and the same for all time.
fn hash(bytes: &[u8]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(BASIS, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_ids_can_be_read() {
        assert_eq!(of("glue-5a3f_9"), "glue-5a3f_9.json");
        assert_eq!(of("Team A"), "%54eam%20%41.json");
        assert_eq!(of("../x"), "%2e%2e%2fx.json");
        assert_eq!(of("con"), "%63on.json");
    }

    #[test]
    fn no_two_ids_share_a_file() {
        let long = "x".repeat(255);
        let ids =
            ["a", "A", "a.json", "a%", "a%25", "%61", "é", "e\u{301}", ".", "..", "/", "nul", "NUL", "com1", "a\0"];
        let mut names: BTreeSet<String> = ids.iter().map(|id| of(id).to_lowercase()).collect();
        for end in ["y", "Y", "z"] {
            names.insert(of(&format!("{}{end}", &long[..254])).to_lowercase());
        }
        assert_eq!(names.len(), ids.len() + 3);
    }

    #[test]
    fn hashes_are_those_of_the_definition() {
        assert_eq!(hash(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    proptest! {
        #[test]
        fn names_are_safe_on_every_file_system(id in "\\PC{1,255}|[\\x00-\\x7f]{1,255}|[a-z]{100,255}") {
            let name = of(&id);
            prop_assert!(name.len() < 230);
            prop_assert!(!name.starts_with('.') && name.ends_with(".json"));
            let safe = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '%' | '~' | '.');
            prop_assert!(name.chars().all(safe), "{name}");
            prop_assert_eq!(name.matches('.').count(), 1);
            prop_assert_ne!(name, of(&format!("{id}x")));
        }
    }
}
