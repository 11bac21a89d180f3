//! Fleets: several mirrors, logins and tokens, proxies, certificates, and bundles that are made here.

use crate::fixture::{Fake, Outcome, Site, lock_text, names, usual};
use crate::proxy::{Proxy, Tls};
use crate::server::{Answer, Server};

/// A further server of whole files by hash.
fn mirror(fakes: &[&Fake]) -> Server {
    let server = Server::start();
    for fake in fakes {
        server.answer(&by_hash(fake), Answer::Body(fake.bytes.clone()));
    }
    server
}

fn by_hash(fake: &Fake) -> String {
    format!("/sha256/{}", fake.sha256())
}

/// An address that nobody listens at.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port())
}

#[test]
fn mirrors_are_tried_in_order_and_a_good_one_spares_the_registry() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let (empty, full, unused) = (mirror(&[]), mirror(&[&fake]), mirror(&[&fake]));
    let list = [&empty, &full, &unused].map(|server| server.url("")).join(", ");
    site.run_with(&["setup"], &[("BERING_MIRROR", &list)]).succeeds();
    assert_eq!(empty.requests_for(&by_hash(&fake)).len(), 1, "a 404 is final");
    assert_eq!((full.requests().len(), unused.requests().len()), (1, 0));
    assert_eq!(site.server.requests_for(&fake.path()).len(), 0, "the registry's file was not asked for");
    site.assert_store_is_whole();
    // The option stands in place of the variable.
    let site = Site::new(&[&fake]);
    let arguments = ["setup", "--mirror", &empty.url(""), "--mirror", &unused.url("")];
    site.run_with(&arguments, &[("BERING_MIRROR", &full.url(""))]).succeeds();
    assert_eq!((full.requests().len(), unused.requests().len()), (1, 1));
}

#[test]
fn a_mirror_that_is_down_is_waited_for_once() {
    let (one, two, three) = (usual("one"), usual("two"), usual("three"));
    let site = Site::new(&[&one, &two, &three]);
    let down = nobody();
    let good = mirror(&[&one, &two, &three]);
    let list = format!("{down},{}", good.url(""));
    let text = site.run_with(&["setup", "--jobs", "1"], &[("BERING_MIRROR", &list)]).succeeds();
    assert_eq!(text.matches("cannot be reached").count(), 1, "{text}");
    assert_eq!(good.requests().len(), 3);
}

#[test]
fn mirrors_that_fail_in_every_way_leave_the_registry() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let mut wrong = fake.bytes.clone();
    wrong[9] ^= 1;
    let body = fake.bytes.clone();
    let faults = [
        Answer::Status(500),
        Answer::Status(403),
        Answer::Body(wrong),
        Answer::Body(body[..100].to_vec()),
        Answer::Short { body: body[..100].to_vec(), announced: body.len() },
        Answer::Stalls { body: body.clone(), after: 0, times: 99 },
        Answer::Dies { body, after: 0, times: 99 },
    ];
    let servers: Vec<Server> = faults
        .into_iter()
        .map(|fault| {
            let server = mirror(&[]);
            server.answer(&by_hash(&fake), fault);
            server
        })
        .collect();
    let list = servers.iter().map(|server| server.url("")).collect::<Vec<_>>().join(",");
    let variables = [("BERING_MIRROR", list.as_str()), ("BERING_STALL_TIMEOUT", "0.5")];
    site.run_with(&["setup"], &variables).succeeds();
    assert!(servers.iter().all(|server| !server.requests().is_empty()), "each was asked");
    assert_eq!(site.server.requests_for(&fake.path()).len(), 1);
    site.assert_store_is_whole();
}

#[test]
fn what_one_mirror_began_the_next_goes_on_with() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let (dying, good) = (mirror(&[]), mirror(&[&fake]));
    dying.answer(&by_hash(&fake), Answer::Stalls { body: fake.bytes.clone(), after: 70_000, times: 1 });
    let list = format!("{},{}", dying.url(""), good.url(""));
    let impatient =
        [("BERING_MIRROR", list.as_str()), ("BERING_STALL_TIMEOUT", "0.5"), ("BERING_RETRIES", "0")];
    site.run_with(&["setup"], &impatient).succeeds();
    let range = good.requests()[0].headers.get("range").cloned();
    assert!(range.is_some_and(|range| range.starts_with("bytes=")));
    site.assert_store_is_whole();
}

fn guarded(fake: &Fake, authorization: &str) -> Server {
    let server = mirror(&[]);
    let authorization = authorization.to_owned();
    server.answer(&by_hash(fake), Answer::Guarded { body: fake.bytes.clone(), authorization });
    server
}

#[test]
fn a_mirror_may_ask_for_a_token_a_login_or_netrc() {
    let fake = usual("one");
    // `me:hunter2hunter2` in base64.
    let basic = "Basic bWU6aHVudGVyMmh1bnRlcjI=";
    for (authorization, login, netrc, token) in [
        ("Bearer s3cret", "", "", "s3cret"),
        (basic, "me:hunter2hunter2@", "", ""),
        (basic, "", "machine 127.0.0.1 login me password hunter2hunter2\n", ""),
    ] {
        let site = Site::new(&[&fake]);
        let server = guarded(&fake, authorization);
        std::fs::write(site.path("home/.netrc"), netrc).unwrap();
        let bundle = server.url("").replace("http://", &format!("http://{login}"));
        let arguments = ["setup", "--bundle", &bundle];
        let text = site.run_with(&arguments, &[("BERING_MIRROR_TOKEN", token)]).succeeds();
        assert!(!text.contains("s3cret") && !text.contains("hunter2hunter2"), "{text}");
        site.assert_store_is_whole();
    }
}

#[test]
fn a_wrong_token_is_said_without_showing_it() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let server = guarded(&fake, "Bearer right");
    let arguments = ["setup", "--bundle", &server.url("")];
    let text = site.run_with(&arguments, &[("BERING_MIRROR_TOKEN", "wr0ng")]).fails_with(&["401"]);
    assert!(!text.contains("wr0ng"), "{text}");
    site.assert_nothing_was_set_up();
    let several = format!("{},http://localhost:1", server.url(""));
    let variables = [("BERING_MIRROR", several.as_str()), ("BERING_MIRROR_TOKEN", "wr0ng")];
    let text = site.run_with(&["setup"], &variables).fails_with(&["HOST=TOKEN"]);
    assert!(!text.contains("wr0ng"), "{text}");
}

#[test]
fn a_token_does_not_follow_a_redirect_to_another_host() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let (first, second) = (mirror(&[]), mirror(&[&fake]));
    first.answer(&by_hash(&fake), Answer::Moved(second.url(&by_hash(&fake))));
    let arguments = ["setup", "--bundle", &first.url("")];
    site.run_with(&arguments, &[("BERING_MIRROR_TOKEN", "s3cret")]).succeeds();
    assert!(first.requests()[0].headers.contains_key("authorization"));
    assert!(!second.requests()[0].headers.contains_key("authorization"));
}

#[test]
fn https_goes_through_a_proxy_and_trusts_the_certificates_of_ssl_cert_file() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let tls = Tls::serve("mirror.test", &by_hash(&fake), fake.bytes.clone());
    let proxy = Proxy::start("mirror.test", tls.port());
    let certificates = site.path("ca.pem");
    std::fs::write(&certificates, tls.authority()).unwrap();
    // No name server knows this name: who reaches it went through the proxy.
    let bundle = format!("https://mirror.test:{}", tls.port());
    let arguments = ["setup", "--bundle", &bundle];
    let login = proxy.url().replace("http://", "http://me:pw@");
    let trusted = ("SSL_CERT_FILE", certificates.to_str().unwrap());
    let text = site.run_with(&arguments, &[("HTTPS_PROXY", &login), trusted]).succeeds();
    assert!(!text.contains("me:pw"), "{text}");
    let asked = proxy.asked();
    assert_eq!(asked[0].0, format!("CONNECT mirror.test:{} HTTP/1.1", tls.port()));
    assert!(asked.iter().all(|(_, login)| login.as_deref() == Some("Basic bWU6cHc=")), "{asked:?}");
    site.assert_store_is_whole();
    // Without its authority's certificate it could be anybody.
    let other = Site::new(&[&fake]);
    let variables = [("HTTPS_PROXY", login.as_str()), ("BERING_RETRIES", "0")];
    other.run_with(&arguments, &variables).fails_with(&["certificate"]);
    other.assert_nothing_was_set_up();
}

#[test]
fn http_goes_through_a_proxy_unless_no_proxy_says_otherwise() {
    let fake = usual("one");
    let server = mirror(&[&fake]);
    let bundle = server.url("");
    let arguments = ["setup", "--bundle", &bundle];
    let closed = nobody();
    let variables = [("HTTP_PROXY", closed.as_str()), ("BERING_RETRIES", "0")];
    Site::new(&[&fake]).run_with(&arguments, &variables).fails_with(&["could not be downloaded"]);
    assert_eq!(server.requests().len(), 0, "nobody went around the proxy");
    for excluded in ["127.0.0.1", "localhost,127.0.0.0/8", "*"] {
        let variables = [("HTTP_PROXY", closed.as_str()), ("NO_PROXY", excluded), ("BERING_RETRIES", "0")];
        let outcome = Site::new(&[&fake]).run_with(&arguments, &variables);
        assert_eq!(outcome.code, Some(0), "NO_PROXY={excluded}: {}", outcome.text);
    }
}

fn create(site: &Site, more: &[&str]) -> Outcome {
    let bundle = site.path("bundle").display().to_string();
    site.run(&[&["bundle", "create", &bundle][..], more].concat())
}

#[test]
fn a_created_bundle_serves_as_a_directory_and_as_a_mirror() {
    let (one, two) = (usual("one"), usual("two"));
    let source = Site::new(&[&one, &two]);
    create(&source, &[]).succeeds();
    let bundle = source.path("bundle");
    let expected = ["SHA256SUMS", "sha256", "third_party.lock"];
    assert_eq!(names(&bundle), expected);
    let checked = std::process::Command::new("sha256sum")
        .args(["-c", "--quiet", "SHA256SUMS"])
        .current_dir(&bundle)
        .status();
    assert!(checked.unwrap().success());
    assert_eq!(
        names(&source.store().join("downloads-v1/sha256")),
        Vec::<String>::new(),
        "nothing is kept twice"
    );
    // Nothing is due a second time, and a bundle needs no network then.
    let asked = source.server.requests().len();
    create(&source, &[]).succeeds();
    assert_eq!(source.server.requests().len(), asked);

    let place = bundle.display().to_string();
    source.run(&["bundle", "verify", &place]).succeeds();
    let site = Site::new(&[&one, &two]);
    site.run(&["setup", "--offline", "--bundle", &place]).succeeds();
    assert_eq!(site.server.requests().len(), 0);
    site.assert_store_is_whole();
}

#[test]
fn a_bundle_grows_with_the_lock() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    site.lock(&lock_text(&[&one]));
    create(&site, &[]).succeeds();
    site.lock(&lock_text(&[&one, &two]));
    let place = site.path("bundle").display().to_string();
    site.run(&["bundle", "verify", &place]).fails_with(&[
        "lacks 1 of 2 files",
        "pkg:pypi/two@1.0",
        "is missing",
    ]);
    create(&site, &[]).succeeds();
    assert_eq!(site.server.requests_for(&one.path()).len(), 1, "what is there is not fetched again");
    assert_eq!(names(&site.path("bundle/sha256")).len(), 2);
}

#[test]
fn a_damaged_bundle_is_found_and_mended() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    create(&site, &[]).succeeds();
    let place = site.path("bundle").display().to_string();
    let file = site.path("bundle/sha256").join(fake.sha256());
    let mut flipped = fake.bytes.clone();
    flipped[1000] ^= 1;
    for (bytes, what) in [(&flipped[..], "is damaged"), (&fake.bytes[..500], "has 500 bytes, the lock says")]
    {
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, bytes).unwrap();
        site.run(&["bundle", "verify", &place]).fails_with(&[what, &fake.sha256(), "pkg:pypi/one@1.0"]);
        let other = Site::new(&[&fake]);
        other.run(&["setup", "--offline", "--bundle", &place]).fails_with(&["pkg:pypi/one@1.0"]);
        other.assert_nothing_was_set_up();
        create(&site, &[]).succeeds();
        assert_eq!(std::fs::read(&file).unwrap(), fake.bytes);
    }
}

#[test]
fn a_bundle_has_no_files_that_may_not_be_passed_on_unless_asked_for() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    site.lock(&lock_text(&[&one, &two]).replacen("\"MIT\"", "\"LicenseRef-Google-libtpu\"", 1));
    create(&site, &[]).fails_with(&["pkg:pypi/one@1.0", "Google's terms", "--include-restricted"]);
    assert!(!site.path("bundle").exists());
    create(&site, &["--include-restricted"]).succeeds();
    assert_eq!(names(&site.path("bundle/sha256")).len(), 2);
}

#[test]
fn a_bundle_that_cannot_be_written_leaves_no_half_file() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    std::fs::write(site.path("bundle"), "in the way").unwrap();
    create(&site, &[]).fails_with(&["bundle", "cannot be written"]);
    std::fs::remove_file(site.path("bundle")).unwrap();
    // The file is in the store already, so that the limit of 64 kB is met in the bundle.
    site.run(&["setup", "--keep-downloads"]).succeeds();
    let bundle = site.path("bundle").display().to_string();
    let script = format!("trap '' XFSZ; ulimit -f 128; exec \"$0\" bundle create '{bundle}'");
    let limited = Outcome::of(site.shell(&script).output().unwrap());
    limited.fails_with(&["cannot be written", "hint: "]);
    assert!(!site.path("bundle/sha256").join(fake.sha256()).exists());
    create(&site, &[]).succeeds();
    site.run(&["bundle", "verify", &bundle]).succeeds();
}

#[test]
fn bundling_that_is_killed_goes_on_from_there() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    site.server.answer(&two.path(), Answer::Stalls { body: two.bytes.clone(), after: 70_000, times: 1 });
    let bundle = site.path("bundle").display().to_string();
    let mut child = site.command(&["bundle", "create", &bundle]).spawn().unwrap();
    assert_eq!(site.server.wait_for_fault(), two.path());
    let partial = site.store().join("downloads-v1/partial").join(two.sha256());
    while partial.metadata().map_or(0, |file| file.len()) == 0 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!site.path("bundle/sha256").join(two.sha256()).exists());
    create(&site, &[]).succeeds();
    site.run(&["bundle", "verify", &bundle]).succeeds();
    let last = site.server.requests_for(&two.path()).pop().unwrap();
    assert!(last.headers.contains_key("range"), "the download was resumed");
}
