//! Finding the registries: configuration files, logins, mirrors that speak HTML only, packages that were replaced.

use crate::fixture::{Outcome, Site, deb, lock_text, usual};
use crate::server::Answer;

/// `xtask setup` with other variables; `None` removes one.
fn setup_with(site: &Site, variables: &[(&str, Option<&str>)]) -> Outcome {
    let mut command = site.command(&["setup"]);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Outcome::of(command.output().unwrap())
}

#[test]
fn pips_own_configuration_names_the_index() {
    let site = Site::new(&[&usual("one")]);
    let conf = site.path("home/.config/pip/pip.conf");
    std::fs::create_dir_all(conf.parent().unwrap()).unwrap();
    std::fs::write(&conf, format!("[global]\nindex-url = {}\n", site.server.url("/simple"))).unwrap();
    setup_with(&site, &[("BERING_INDEX_URL", None)]).succeeds();
}

#[test]
fn pips_and_uvs_variables_name_the_index() {
    for variable in ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"] {
        let site = Site::new(&[&usual("one")]);
        let url = site.server.url("/simple");
        setup_with(&site, &[("BERING_INDEX_URL", None), (variable, Some(&url))]).succeeds();
    }
}

#[test]
fn an_installed_client_is_asked_for_its_default() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new(&[&usual("one")]);
    let bin = site.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let url = site.server.url("/simple");
    let help = format!(
        "  -i, --index-url <url>       Base URL of the index (default\\n                    {url}). This\\n"
    );
    let script = format!("#!/bin/sh\n[ \"$1\" = config ] && exit 1\nprintf '{help}'\n");
    std::fs::write(bin.join("pip"), script).unwrap();
    std::fs::set_permissions(bin.join("pip"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    setup_with(&site, &[("BERING_INDEX_URL", None), ("PATH", Some(&path))]).succeeds();
}

#[test]
fn a_machine_that_knows_no_index_says_how_to_name_one() {
    let site = Site::new(&[&usual("one")]);
    setup_with(&site, &[("BERING_INDEX_URL", None), ("PATH", Some("/nonexistent"))]).fails_with(&[
        "no Python package index is known",
        "--index-url",
        "BERING_INDEX_URL",
        "pkg:pypi/one@1.0",
    ]);
    site.assert_nothing_was_set_up();
}

#[test]
fn an_html_index_serves_as_well() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let page = format!(
        "<!DOCTYPE html><html><body><a href=\"../../files/{}#sha256={}\">{}</a></body></html>",
        fake.file,
        fake.sha256(),
        fake.file
    );
    site.server.answer("/simple/one/", Answer::Body(page.into_bytes()));
    site.run(&["setup"]).succeeds();
    let accept = &site.server.requests_for("/simple/one/")[0].headers["accept"];
    assert!(accept.contains("application/vnd.pypi.simple.v1+json"), "{accept}");
}

#[test]
fn an_index_that_has_other_bytes_is_told_from_one_that_has_none() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let mut replaced = fake.clone();
    replaced.bytes.push(0);
    site.publish(&replaced);
    let there = format!("has sha256:{} there", replaced.sha256());
    site.run(&["setup"]).fails_with(&[&there, "the lock says", &fake.sha256()]);
    site.server.answer("/simple/one/", Answer::Body(br#"{"files": []}"#.to_vec()));
    site.run(&["setup"]).fails_with(&["no file `one-1.0-py3-none-any.whl`"]);
    site.server.answer("/simple/one/", Answer::Body(b"please log in".to_vec()));
    site.run(&["setup"]).fails_with(&["neither a JSON nor an HTML index page"]);
    site.server.forget("/simple/one/");
    site.run(&["setup"]).fails_with(&["404", "/simple/one/"]);
    site.assert_nothing_was_set_up();
}

#[test]
fn an_extra_index_has_what_the_first_lacks() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let extra = site.server.url("/simple");
    let first = site.server.url("/empty");
    let variables =
        [("BERING_INDEX_URL", Some(first.as_str())), ("BERING_EXTRA_INDEX_URL", Some(extra.as_str()))];
    setup_with(&site, &variables).succeeds();
    assert_eq!(site.server.requests_for("/empty/one/").len(), 1);
}

#[test]
fn logins_come_from_the_url_or_from_netrc_and_are_never_shown() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    // "me:secret" in base64.
    let authorization = "Basic bWU6c2VjcmV0".to_string();
    for path in ["/simple/one/", fake.path().as_str()] {
        let body = if path == fake.path() { fake.bytes.clone() } else { page(&site, &fake) };
        site.server.answer(path, Answer::Guarded { body, authorization: authorization.clone() });
    }
    let refused = site.run(&["setup"]).fails_with(&["401"]);
    assert!(!refused.contains("secret"));
    let with_login = site.server.url("/simple").replace("http://", "http://me:secret@");
    let wrong = site.server.url("/wrong").replace("http://", "http://me:secret@");
    let refused =
        setup_with(&site, &[("BERING_INDEX_URL", Some(&wrong))]).fails_with(&["404", "/wrong/one/"]);
    assert!(!refused.contains("secret"), "{refused}");
    setup_with(&site, &[("BERING_INDEX_URL", Some(&with_login))]).succeeds();
    let fresh = site.path("fresh");
    std::fs::write(site.path("home/.netrc"), "machine 127.0.0.1 login me password secret\n").unwrap();
    setup_with(&site, &[("BERING_CACHE", Some(fresh.to_str().unwrap()))]).succeeds();
}

fn page(site: &Site, fake: &crate::fixture::Fake) -> Vec<u8> {
    let file = site.server.url(&fake.path());
    format!("<a href=\"{file}#sha256={}\">{}</a>", fake.sha256(), fake.file).into_bytes()
}

#[test]
fn a_debian_package_is_found_in_the_pool() {
    let fake = deb("demo-dev", &[("usr/lib/a.txt", b"a")]);
    let site = Site::new(&[&fake]);
    site.run(&["setup"]).succeeds();
    let asked: Vec<String> = site.server.requests().into_iter().map(|request| request.path).collect();
    let security = format!("/debian/pool/updates/main/d/demo/{}", fake.file);
    assert_eq!(asked, [security, fake.path()]);
}

#[test]
fn a_debian_package_that_has_gone_says_what_to_do() {
    let fake = deb("demo-dev", &[("usr/lib/a.txt", b"a")]);
    let site = Site::new(&[&fake]);
    site.server.forget(&fake.path());
    setup_with(&site, &[("PATH", Some("/nonexistent"))]).fails_with(&[
        "pkg:deb/debian/demo-dev@2.0-1",
        "404",
        "BERING_DEBIAN_URL",
    ]);
    site.assert_nothing_was_set_up();
}

#[test]
fn an_upstream_address_stands_in_the_entry() {
    let mut fake = usual("one");
    let site = Site::new(&[&fake]);
    let address = site.server.url("/release/one.zip").replace(':', "%3A").replace('/', "%2F");
    fake.purl = format!("pkg:generic/one@1.0?download_url={address}");
    site.server.answer("/release/one.zip", Answer::Body(fake.bytes.clone()));
    site.lock(&lock_text(&[&fake]));
    site.run(&["setup"]).succeeds();
    fake.purl = "pkg:generic/one@1.1".to_string();
    fake.bytes.push(0);
    site.lock(&lock_text(&[&fake]));
    site.run(&["setup"]).fails_with(&["has no `download_url`"]);
}

#[test]
fn an_unknown_kind_of_package_is_said() {
    let mut fake = usual("one");
    fake.purl = "pkg:npm/one@1.0".to_string();
    let site = Site::new(&[&fake]);
    site.run(&["setup"]).fails_with(&["pkg:npm/one@1.0", "no registry is known"]);
}
