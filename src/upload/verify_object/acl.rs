//! Canned ACLs: which of them can be told from the grants of an object.

use crate::store::GroupGrant;

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// The group that may read the object under a canned ACL. The others grant something to accounts,
/// whose names nobody knows here, or nothing.
pub(super) fn readers(acl: &str) -> Option<&'static str> {
    match acl {
        "public-read" | "public-read-write" => Some(ALL_USERS),
        "authenticated-read" => Some(AUTHENTICATED_USERS),
        _ => None,
    }
}

/// Whether `group` may read.
pub(super) fn may_read(group: &str, grants: &[GroupGrant]) -> bool {
    let reading = ["READ", "FULL_CONTROL"];
    grants.iter().any(|it| {
        // What all may do, those with an account may do too.
        let concerned = it.group == group || it.group == ALL_USERS;
        concerned && reading.contains(&it.permission.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_takes_a_grant_to_the_group() {
        let grant = |group: &str, permission: &str| GroupGrant {
            group: group.to_owned(),
            permission: permission.to_owned(),
        };
        for (acl, grants, expected) in [
            ("public-read", vec![], false),
            ("public-read", vec![grant(ALL_USERS, "READ")], true),
            ("public-read", vec![grant(ALL_USERS, "WRITE")], false),
            (
                "public-read",
                vec![grant(AUTHENTICATED_USERS, "READ")],
                false,
            ),
            (
                "public-read-write",
                vec![grant(ALL_USERS, "FULL_CONTROL")],
                true,
            ),
            (
                "authenticated-read",
                vec![grant(AUTHENTICATED_USERS, "READ")],
                true,
            ),
            ("authenticated-read", vec![grant(ALL_USERS, "READ")], true),
        ] {
            let group = readers(acl).unwrap();
            assert_eq!(may_read(group, &grants), expected, "{acl} {grants:?}");
        }
        assert_eq!(readers("private"), None);
        assert_eq!(readers("bucket-owner-full-control"), None);
    }
}
