//! The licence texts of everything that is shipped, and a list of them.

use super::component::{Component, Kind};
use super::tree::{File, Part, Tree};
use anyhow::Result;
use std::fmt::Write as _;

/// The directory of the texts.
const DIRECTORY: &str = "licenses";

const HEAD: &str = "\
What this distribution is made of, under which licence each part is, and where that licence's text lies.
Licences are SPDX expressions as the authors state them. Parts under MPL-2.0 (in XLA: Eigen) are unmodified; their
source is at the projects that the third-party notices name.

";

/// Adds the texts of all shipped components and the list of them.
pub(crate) fn insert(tree: &mut Tree, components: &[Component]) -> Result<()> {
    let mut index = String::from(HEAD);
    let mut shipped: Vec<&Component> = components.iter().filter(|component| component.shipped).collect();
    shipped.sort_by_key(|component| (component.kind, &component.name, &component.version));
    for component in shipped {
        let kind = match component.kind {
            Kind::Crate => "crates",
            Kind::Artifact | Kind::Model => "artifacts",
            Kind::System => "system",
        };
        // Versions of Debian have characters that not every file system takes.
        let version = component.version.replace([':', '~', '/'], "_");
        let directory = format!("{DIRECTORY}/{kind}/{}-{version}", component.name);
        let license = component.license.as_deref().unwrap_or("no licence stated");
        // Writing to a string cannot fail.
        let _ = write!(index, "{} {}\n    {license}\n", component.name, component.version);
        if component.texts.is_empty() {
            let _ = writeln!(index, "    (its package has no licence text)");
        }
        for text in &component.texts {
            let name = text.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let place = format!("{directory}/{name}");
            let _ = writeln!(index, "    {place}");
            tree.insert(place, File::of(text, Part::Program))?;
        }
    }
    tree.insert(format!("{DIRECTORY}/README.txt"), File::text(index, Part::Program))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Content;
    use super::*;

    #[test]
    fn each_shipped_part_is_listed_with_its_texts() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("LICENSE-MIT");
        std::fs::write(&text, "permission is granted").unwrap();
        let component = |name: &str, shipped, texts| Component {
            id: name.to_owned(),
            kind: Kind::Crate,
            name: name.to_owned(),
            version: "1:2~3".to_owned(),
            purl: None,
            license: Some("MIT".to_owned()),
            sha256: None,
            shipped,
            texts,
            source: None,
        };
        let components = [
            component("one", true, vec![text]),
            component("bare", true, vec![]),
            component("tool", false, vec![]),
        ];
        let mut tree = Tree::default();
        insert(&mut tree, &components).unwrap();
        assert!(tree.get("licenses/crates/one-1_2_3/LICENSE-MIT").is_some());
        let Some(Content::Bytes(index)) = tree.get("licenses/README.txt").map(|file| file.content.clone())
        else {
            panic!("no list")
        };
        let index = String::from_utf8(index).unwrap();
        assert!(index.contains("bare 1:2~3\n    MIT\n    (its package has no licence text)"), "{index}");
        assert!(!index.contains("tool"), "{index}");
    }
}
