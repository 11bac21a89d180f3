use super::*;

fn names(name: &str) -> Vec<&'static str> {
    Name::parse(name).unwrap().targets.iter().map(|target| target.name).collect()
}

#[test]
#[cfg(feature = "cpu")]
fn names_of_the_cpu() {
    for (name, index) in [("cpu", 0), ("cpu:0", 0), ("cpu:12", 12)] {
        assert_eq!((names(name), Name::parse(name).unwrap().index), (vec!["cpu"], index));
    }
    assert_eq!(names("auto").last(), Some(&"cpu"), "what always works comes last");
}

#[test]
fn what_is_no_name_is_refused() {
    for name in [
        "",
        "cpu:",
        "cpu:x",
        "cpu:+1",
        "cpu:-1",
        "gpu",
        "auto:0",
        "CPU",
        "cpu:0:0",
        "cpu:99999999999999999999",
    ] {
        let refused =
            Name::parse(name).is_err_and(|e| e.to_string().starts_with(&format!("no device `{name}`")));
        assert!(refused, "`{name}`");
    }
}

#[test]
#[cfg(not(feature = "cuda13"))]
fn a_target_that_was_not_built_names_its_feature() {
    for name in ["cuda13", "cuda:1"] {
        let error = Name::parse(name).err().unwrap().to_string();
        assert!(error.ends_with("\nhint: build with `--features cuda13`"), "{error}");
    }
    assert!(!Name::parse("abacus").err().unwrap().to_string().contains("hint"));
}

#[test]
#[cfg(all(feature = "cuda12", feature = "cuda13"))]
fn a_family_is_its_newest_member_first() {
    assert_eq!(names("cuda"), ["cuda13", "cuda12"]);
    assert_eq!(names("cuda12:1"), ["cuda12"]);
    assert_eq!(Name::parse("cuda:1").unwrap().index, 1);
}

/// Where there is no driver: `auto` falls back and says why, a name fails.
#[test]
#[cfg(all(feature = "cpu", feature = "cuda13"))]
fn without_a_driver_auto_is_the_cpu_and_cuda_an_error() {
    let Err(why) = check_machine("cuda13") else { return };
    assert_eq!(target("auto").unwrap(), "cpu");
    let opened = open("auto", &DeviceOptions::default()).unwrap();
    assert_eq!(opened.device.to_string(), "cpu:0");
    assert!(opened.notes.contains(&format!("CUDA 13 is not used: {why}")), "{:?}", opened.notes);
    let error = device("cuda").unwrap_err().to_string();
    assert_eq!(error, format!("no device `cuda`: {why}"));
}
