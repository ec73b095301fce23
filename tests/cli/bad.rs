//! Input that cannot be what it should be.

use super::notebook;

/// Names and contents of files that are no sound notebooks or scripts, small ones.
pub(crate) fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let sound = notebook(&["%glue_version 4.0\n", "x = 1\n"]);
    let deep = format!("%%configure\n{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    vec![
        ("not_json.ipynb", b"This is no notebook, dear reader.".to_vec()),
        ("truncated.ipynb", sound.as_bytes()[..sound.len() / 2].to_vec()),
        ("old.ipynb", br#"{"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [{"cell_type": "code", "input": ["%glue_version 4.0"], "language": "python"}]}]}"#.to_vec()),
        ("source_number.ipynb", sound.replace(r#""x = 1\n""#, "17").into_bytes()),
        ("cells_number.ipynb", br#"{"cells": 3, "metadata": {}, "nbformat": 4}"#.to_vec()),
        ("cell_number.ipynb", br#"{"cells": [3], "metadata": {}, "nbformat": 4}"#.to_vec()),
        ("list.ipynb", b"[]".to_vec()),
        ("other.ipynb", br#"{"name": "package", "version": "1.0.0"}"#.to_vec()),
        ("empty.ipynb", Vec::new()),
        ("empty.py", Vec::new()),
        ("blank.ipynb", b" \r\n\t".to_vec()),
        ("deep.ipynb", notebook(&[&deep]).into_bytes()),
        ("deep.py", format!("# %%\n# {deep}\n# %%\n# %glue_version 4.0\n").into_bytes()),
        ("deep_code.py", format!("# %%\n# %glue_version 4.0\nx = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000)).into_bytes()),
        ("deep_json.ipynb", format!("{{\"cells\": {}", "[{\"a\":".repeat(100_000)).into_bytes()),
        ("binary.ipynb", (0..4096u32).map(|i| (i * 7 % 256) as u8).collect()),
        ("binary.py", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0".to_vec()),
        ("latin1.py", b"# %%\n# %glue_version 4.0\n# caf\xe9\n".to_vec()),
        ("utf16.ipynb", sound.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ]
}

/// A notebook of more than 100 MB, most of it output, with one mistake.
pub(crate) fn huge_notebook() -> String {
    let image = "iVBORw0KGgo".repeat(100_000);
    let output = format!(
        r#"{{"cell_type": "code", "metadata": {{}}, "outputs": [{{"output_type": "display_data", "data": {{"image/png": "{image}"}}}}], "source": ["x = 1\n"]}}"#
    );
    let mut text = String::from(
        r#"{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": ["%workertype G.1X"]}"#,
    );
    while text.len() < 100 << 20 {
        text.push(',');
        text.push_str(&output);
    }
    text.push_str(r#"], "metadata": {"kernelspec": {"name": "glue_pyspark"}}, "nbformat": 4, "nbformat_minor": 5}"#);
    text
}
