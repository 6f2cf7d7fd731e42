//! `gen`: files that are made from other files. A test fails when one is not what this would write.
//!
//! Generated Rust code is not among them: build scripts make it, and nobody commits it.

use std::fs;

use anyhow::{Context as _, Result};

use crate::run::workspace;

const VALUES: &str = "helm/hemvist/values.yaml";
const CHART_README: &str = "helm/hemvist/README.md";

const CHART_README_HEAD: &str = "\
# The Hemvist chart

Runs `hemvist serve`: the API, and the workers that share scans through PostgreSQL. Neither the image nor the database
is part of it.

```sh
openssl rand -hex 32 > master.key
kubectl create secret generic hemvist \\
  --from-literal=store-url='postgres://USER:PASSWORD@HOST/DATABASE' --from-file=master.key
helm install hemvist helm/hemvist --set image.repository=YOUR/IMAGE --set secrets.existingSecret=hemvist
```

Pods run without root, without a service account's token, with a read-only root and no capabilities. There is no
authentication yet: whoever reaches the Service may use it, so keep others out with a NetworkPolicy.

## Values

| value | default | meaning |
|---|---|---|
";

/// Writes every generated file.
pub(crate) fn generate() -> Result<()> {
    let path = workspace().join(CHART_README);
    fs::write(&path, chart_readme()?).with_context(|| format!("cannot write {CHART_README}"))?;
    println!("wrote {CHART_README}");
    Ok(())
}

fn chart_readme() -> Result<String> {
    let values = fs::read_to_string(workspace().join(VALUES))?;
    Ok(format!("{CHART_README_HEAD}{}", table(&values)))
}

/// One row for each value, described by the comment above it. Reads the plain form of YAML in which the chart's values
/// are written: two spaces for each level, one key on a line.
fn table(values: &str) -> String {
    let mut rows = String::new();
    let mut path: Vec<&str> = Vec::new();
    let mut meaning: Vec<&str> = Vec::new();
    for line in values.lines() {
        let text = line.trim_start();
        let level = (line.len() - text.len()) / 2;
        if let Some(comment) = text.strip_prefix('#') {
            meaning.push(comment.trim());
        } else if let Some((key, value)) = text.split_once(':') {
            path.truncate(level);
            path.push(key);
            if !value.is_empty() {
                let (value, meaning) = (value.trim(), meaning.join(" "));
                rows.push_str(&format!(
                    "| `{}` | `{value}` | {meaning} |\n",
                    path.join(".")
                ));
            }
            meaning.clear();
        } else {
            // An empty line ends a comment that belongs to no value.
            meaning.clear();
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_current() {
        let committed = fs::read_to_string(workspace().join(CHART_README)).unwrap_or_default();
        assert!(
            committed == chart_readme().unwrap(),
            "{CHART_README} is old: run `cargo xtask gen`"
        );
    }

    #[test]
    fn a_row_has_the_whole_path_and_the_comment_above() {
        let values =
            "# About the file.\n\n# One.\na:\n  # Two\n  # lines.\n  b: 1\n  c: {}\nd: \"\"\n";
        assert_eq!(
            table(values),
            "| `a.b` | `1` | Two lines. |\n| `a.c` | `{}` |  |\n| `d` | `\"\"` |  |\n"
        );
    }
}
