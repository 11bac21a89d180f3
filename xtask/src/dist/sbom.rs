//! The bill of materials, as CycloneDX 1.6 in JSON. It has no time and no random number: equal contents, equal bytes.

use super::component::{Component, Kind};
use crate::sha256;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Its name in a distribution; `.cdx.json` is the specification's own ending.
pub(crate) const FILE: &str = "sbom.cdx.json";

/// The document about `product` (name and version), which has the id `root` among the components.
///
/// `edges` says which component depends on which, by id. What nobody names hangs on the root.
pub(crate) fn document(
    root: &str,
    components: &[Component],
    edges: &BTreeMap<String, BTreeSet<String>>,
    properties: &[(String, String)],
) -> String {
    let of_root = components.iter().find(|component| component.id == root);
    let others: Vec<&Component> = components.iter().filter(|component| component.id != root).collect();
    let mut graph = edges.clone();
    let named: BTreeSet<String> = edges.values().flatten().cloned().collect();
    let loose = others.iter().map(|component| component.id.clone()).filter(|id| !named.contains(id));
    graph.entry(root.to_owned()).or_default().extend(loose);
    let dependencies: Vec<Value> =
        graph.iter().map(|(id, on)| json!({ "ref": id, "dependsOn": on })).collect();
    let properties: Vec<Value> =
        properties.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let mut document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": of_root.map(|root| entry(root, true)),
            "properties": properties,
        },
        "components": others.iter().map(|component| entry(component, false)).collect::<Vec<_>>(),
        "dependencies": dependencies,
    });
    document["serialNumber"] = json!(serial_number(&document.to_string()));
    // A `Value` can always be printed.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// The document about the C and C++ runtime of an image.
pub(crate) fn of_runtime(components: &[Component]) -> String {
    let root = Component {
        id: "runtime".to_owned(),
        kind: Kind::System,
        name: "runtime".to_owned(),
        version: "0".to_owned(),
        purl: None,
        license: None,
        sha256: None,
        shipped: true,
        texts: Vec::new(),
        source: None,
    };
    let all: Vec<Component> = std::iter::once(root).chain(components.iter().cloned()).collect();
    document("runtime", &all, &BTreeMap::new(), &[])
}

fn entry(component: &Component, is_root: bool) -> Value {
    let kind = match component.kind {
        _ if is_root => "application",
        Kind::Crate | Kind::Artifact | Kind::System => "library",
        Kind::Model => "machine-learning-model",
    };
    let mut entry = json!({
        "type": kind,
        "bom-ref": component.id,
        "name": component.name,
        "version": component.version,
    });
    if !is_root {
        entry["scope"] = json!(if component.shipped { "required" } else { "excluded" });
    }
    if let Some(purl) = &component.purl {
        entry["purl"] = json!(purl);
    }
    if let Some(license) = &component.license {
        entry["licenses"] = json!([{ "expression": license }]);
    }
    if let Some(hash) = &component.sha256 {
        entry["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
    }
    if let Some(source) = component.source.as_ref().filter(|url| url.starts_with("http")) {
        entry["externalReferences"] = json!([{ "type": "vcs", "url": source }]);
    }
    entry
}

/// A UUID made from the content (version 8 of RFC 9562: "custom").
fn serial_number(content: &str) -> String {
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&sha256::of(content.as_bytes()).0[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(id: &str, kind: Kind, shipped: bool) -> Component {
        Component {
            id: id.to_owned(),
            kind,
            name: id.to_owned(),
            version: "1".to_owned(),
            purl: Some(format!("pkg:cargo/{id}@1")),
            license: Some("MIT".to_owned()),
            sha256: None,
            shipped,
            texts: Vec::new(),
            source: None,
        }
    }

    #[test]
    fn every_reference_is_declared_once_and_everything_hangs_on_the_root() {
        let components = [
            component("demo", Kind::Crate, true),
            component("used", Kind::Crate, true),
            component("tool", Kind::Artifact, false),
        ];
        let edges = BTreeMap::from([
            ("demo".to_owned(), BTreeSet::from(["used".to_owned()])),
            ("used".to_owned(), BTreeSet::new()),
        ]);
        let text = document("demo", &components, &edges, &[("target".into(), "cpu".into())]);
        assert_eq!(text, document("demo", &components, &edges, &[("target".into(), "cpu".into())]));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["metadata"]["component"]["type"], "application");
        let scopes: Vec<_> =
            document["components"].as_array().unwrap().iter().map(|c| c["scope"].as_str()).collect();
        assert_eq!(scopes, [Some("required"), Some("excluded")]);
        let on = &document["dependencies"][0];
        assert_eq!((on["ref"].as_str(), on["dependsOn"].as_array().map(Vec::len)), (Some("demo"), Some(2)));
        let serial = document["serialNumber"].as_str().unwrap();
        assert!(serial.starts_with("urn:uuid:") && serial.len() == 45, "{serial}");
    }
}
