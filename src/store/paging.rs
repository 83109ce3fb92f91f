//! How a listing goes on after a page. Some stores repeat a marker, leave it out, or ignore the one that
//! they are sent: none of them may be asked forever.

use std::collections::HashSet;

/// Pages in a row that bring nothing new before a listing is given up.
const MOST_FRUITLESS: u32 = 100;

/// The place after which a page begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Marker {
    pub(super) key: Option<String>,
    pub(super) id: Option<String>,
}

/// What a page says of the next one.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) is_truncated: bool,
    /// Where the store says that it goes on.
    pub(super) next: Marker,
    /// The last upload of the page.
    pub(super) last: Option<Marker>,
}

/// How it goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// With the page at the marker.
    Page,
    /// Not at all: that was the last page.
    End,
    /// It can't, although there is more.
    Stuck,
}

/// How far a listing has come.
#[derive(Debug, Default)]
pub(super) struct Paging {
    at: Marker,
    /// All markers that were sent.
    sent: HashSet<Marker>,
    fruitless: u32,
}

impl Paging {
    /// The marker of the page to ask for.
    pub(super) fn at(&self) -> &Marker {
        &self.at
    }

    /// Whether no page has been read yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.at == Marker::default()
    }

    /// Goes on after `page`; `has_new` says whether that brought anything new.
    pub(super) fn follow(&mut self, page: &Page, has_new: bool) -> Next {
        if !page.is_truncated {
            return Next::End;
        }
        self.fruitless = if has_new { 0 } else { self.fruitless + 1 };
        let next = page
            .ways_on()
            .into_iter()
            .find(|it| !self.sent.contains(it));
        match next.filter(|_| self.fruitless <= MOST_FRUITLESS) {
            Some(next) => {
                self.sent.insert(next.clone());
                self.at = next;
                Next::Page
            }
            None => Next::Stuck,
        }
    }
}

impl Page {
    /// The markers to try, the best first.
    fn ways_on(&self) -> Vec<Marker> {
        let mut ways = Vec::new();
        // A key alone would pass over the other uploads of that key.
        let lacks_id = self.next.id.is_none();
        let last = self.last.as_ref();
        if let Some(last) = last.filter(|it| lacks_id && it.key == self.next.key) {
            ways.push(last.clone());
        }
        if self.next.key.is_some() {
            ways.push(self.next.clone());
        }
        ways.extend(last.cloned());
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(key: &str, id: &str) -> Marker {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Marker {
            key: some(key),
            id: some(id),
        }
    }

    fn page(next: Marker, last: Marker) -> Page {
        Page {
            is_truncated: true,
            next,
            last: Some(last),
        }
    }

    #[test]
    fn a_store_s_own_marker_is_followed() {
        let mut paging = Paging::default();
        let page = page(marker("k", "1"), marker("j", "0"));
        assert_eq!(paging.follow(&page, true), Next::Page);
        assert_eq!(*paging.at(), marker("k", "1"));
        let last = Page {
            is_truncated: false,
            ..page
        };
        assert_eq!(paging.follow(&last, true), Next::End);
    }

    #[test]
    fn what_a_marker_lacks_is_taken_from_the_last_upload() {
        for next in [marker("", ""), marker("k", "")] {
            let mut paging = Paging::default();
            let page = page(next, marker("k", "7"));
            assert_eq!(paging.follow(&page, true), Next::Page);
            assert_eq!(*paging.at(), marker("k", "7"));
        }
    }

    #[test]
    fn a_page_that_comes_again_and_again_is_not_asked_for_forever() {
        for next in [
            marker("", ""),
            marker("k", ""),
            marker("k", "7"),
            marker("a", "0"),
        ] {
            let mut paging = Paging::default();
            let page = page(next, marker("k", "7"));
            let mut asked = 0;
            while paging.follow(&page, asked == 0) == Next::Page {
                asked += 1;
            }
            assert!((1..=2).contains(&asked), "{asked}");
        }
    }

    #[test]
    fn nor_are_pages_without_end_that_bring_nothing() {
        let mut paging = Paging::default();
        let pages = (0..).take_while(|number| {
            let marker = marker("k", &format!("{number}"));
            paging.follow(&page(marker.clone(), marker), false) == Next::Page
        });
        assert_eq!(pages.count(), MOST_FRUITLESS as usize);
    }
}
