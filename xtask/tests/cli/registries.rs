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

/// Puts a program before all others on `PATH`; gives the `PATH`.
fn program(site: &Site, name: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let bin = site.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let source = site.path(name);
    std::fs::write(&source, format!("#!/bin/sh\n{script}")).unwrap();
    std::fs::set_permissions(&source, std::fs::Permissions::from_mode(0o755)).unwrap();
    // A file that this process wrote itself may be "busy" for a moment, while another test's child still has it open.
    let copied = std::process::Command::new("/bin/cp").args([&source, &bin.join(name)]).status().unwrap();
    assert!(copied.success());
    format!("{}:/usr/bin:/bin", bin.display())
}

#[test]
fn an_installed_client_is_asked_for_its_default() {
    let site = Site::new(&[&usual("one")]);
    let url = site.server.url("/simple");
    let help = format!(
        "  -i, --index-url <url>       Base URL of the index (default\\n                    {url}). This\\n"
    );
    let path = program(&site, "pip", &format!("[ \"$1\" = config ] && exit 1\nprintf '{help}'\n"));
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
    site.run(&["setup"]).fails_with(&[
        "no file `one-1.0-py3-none-any.whl`",
        "hint: the index no longer has this file: run `cargo xtask lock update one` and review the diff",
    ]);
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

/// An `apt-get` whose sources are this site's `/archive`, with one version of one package in their lists.
fn fake_apt(site: &Site, package: &str, version: &str, file: &str) -> String {
    let base = site.server.url("/archive/");
    let line =
        format!("'{base}pool/main/d/demo/{file}' {package}_{version}_amd64.deb 100 SHA256:{:0>64}", "a1");
    program(site, "apt-config", "echo 'APT::Architecture \"amd64\";'\n");
    let script = format!(
        "case \"$*\" in\n\
         'update --print-uris') echo \"'{base}dists/stable/InRelease' x_InRelease 0\" ;;\n\
         'download --print-uris {package}') echo \"{line}\" ;;\n\
         update*) [ -f \"$APT_CONFIG\" ] ;;\n\
         *) exit 100 ;;\nesac\n"
    );
    program(site, "apt-get", &script)
}

#[test]
fn apts_sources_are_used_and_its_lists_name_the_newer_version() {
    let fake = deb("demo-dev", &[("usr/lib/a.txt", b"a")]);
    let site = Site::new(&[&fake]);
    let path = fake_apt(&site, "demo-dev", "2.0-2", "demo-dev_2.0-2_amd64.deb");
    let variables = [("BERING_DEBIAN_URL", None), ("PATH", Some(path.as_str()))];
    setup_with(&site, &variables).fails_with(&[
        "404",
        "hint: the archive has replaced `demo-dev` 2.0-1 by 2.0-2: run `cargo xtask lock update demo-dev`",
    ]);
    site.assert_nothing_was_set_up();
    let kept = fake.path().replace("/debian/", "/archive/");
    site.server.answer(&kept, Answer::Body(fake.bytes.clone()));
    setup_with(&site, &variables).succeeds();
}

#[test]
fn without_python_debians_package_of_pip_states_the_default() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let source = format!("PyPI = PackageIndex(\"{}\", \"files\")\n", site.server.url("/"));
    let pip = crate::fixture::wheel("pip", &[("pip/_internal/models/index.py", source.as_bytes())]);
    let package = deb("pip", &[("./usr/share/python-wheels/pip-23.0.1-py3-none-any.whl", &pip.bytes)]);
    site.server.answer("/archive/pool/main/d/demo/pip.deb", Answer::Body(package.bytes));
    let path = fake_apt(&site, "python3-pip-whl", "23.0.1", "pip.deb");
    // Nothing but the fake apt: this machine may have a Python of its own.
    let path = path.split(':').next().unwrap();
    setup_with(&site, &[("BERING_INDEX_URL", None), ("BERING_DEBIAN_URL", None), ("PATH", Some(path))])
        .succeeds();
    assert_eq!(site.server.requests_for("/simple/one/").len(), 1);
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
    let said = site.run(&["lock", "verify"]).text;
    assert!(said.contains("ok       one (any) 1.0: ") && !said.contains("names a host"), "{said}");
    site.server.answer("/release/one.zip", Answer::Body(vec![0; 10]));
    assert!(site.run(&["lock", "verify"]).text.contains("it has 10 bytes there"));
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
