//! The site as it is built from this checkout.

use plimsoll::policies::POLICIES;
use plimsoll_site::{build, check};

#[test]
fn every_link_leads_somewhere_and_every_policy_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    build(&site).unwrap();
    assert_eq!(check(&site).unwrap(), Vec::<String>::new());
    for entry in POLICIES {
        let id = entry.metadata.id;
        let page = std::fs::read_to_string(site.join(format!("policies/{id}.html"))).unwrap();
        for heading in ["what-it-does", "why", "settings", "an-exemption", "in-a-cluster", "sources"] {
            assert!(page.contains(&format!("id=\"{heading}\"")), "{id}: {heading}");
        }
        assert!(page.contains("src=\"../playground/index.html?embed&amp;policy="), "{id}: no playground");
        assert!(page.contains("href=\"../playground/index.html#1."), "{id}: no link to the playground");
        assert!(page.contains(&format!("/{id}.json\"")), "{id}: no schema");
    }
}
