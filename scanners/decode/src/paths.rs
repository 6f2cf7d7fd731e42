//! Paths of JSON values, each built once.
//!
//! A tree of the members seen so far. Most objects are alike, so the member that followed last
//! time is tried first; then neither hashing nor building a name is needed.

use std::collections::HashMap;

use hemvist_model::FieldPath;

use crate::fields::label;

/// Places beyond this are not told apart from the one around them. Two names each at most, so that
/// a good many of [`crate::FieldNames`]' stay free for columns.
const PLACES_MAX: usize = 3072;
/// Longest path, in bytes; deeper places are not told apart from the one around them.
const PATH_BYTES_MAX: usize = 256;
/// Stands for an element of an array.
const ELEMENT: &str = "[]";
/// The Field of an object's keys, behind the object's own path.
const KEYS: &str = ".#key";

/// A place in JSON: a value's path. Counts into the tree it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u32);

#[derive(Clone)]
struct Node {
    path: String,
    /// The member's label in the object around it.
    label: Box<[u8]>,
    around: Place,
    /// The member that followed this one last time.
    follower: Option<Place>,
    /// The member that came first in the object here last time.
    opener: Option<Place>,
    members: HashMap<Box<[u8]>, Place>,
    element: Option<Place>,
    /// Indices of the Fields of the value here and of its keys, once asked for.
    fields: [Option<u32>; 2],
}

/// The tree.
#[derive(Clone, Default)]
pub(crate) struct Paths {
    nodes: Vec<Node>,
    roots: HashMap<String, Place>,
}

impl Paths {
    /// The place of a whole document whose path is `prefix`. Always told apart: it may be a column.
    pub(crate) fn root(&mut self, prefix: &str) -> Place {
        if let Some(root) = self.roots.get(prefix) {
            return *root;
        }
        let root = self
            .add(prefix.to_owned(), Place(0), b"")
            .unwrap_or(Place(0));
        self.roots.insert(prefix.to_owned(), root);
        root
    }

    /// The place of the member with that key; `before`: the member before it in the same object.
    #[inline(always)]
    pub(crate) fn member(&mut self, object: Place, before: Option<Place>, raw: &[u8]) -> Place {
        let follower = match before {
            Some(before) => self.node(before).and_then(|node| node.follower),
            None => self.node(object).and_then(|node| node.opener),
        };
        if let Some(place) = follower
            && let Some(node) = self.node(place)
            && *node.label == *raw
            && node.around == object
        {
            return place;
        }
        self.turn(object, before, raw)
    }

    /// The same where another member followed last time.
    #[inline(never)]
    fn turn(&mut self, object: Place, before: Option<Place>, raw: &[u8]) -> Place {
        // A name that is the label of a member is its own label.
        let known = self.node(object).and_then(|node| node.members.get(raw));
        let place = match known {
            Some(place) => *place,
            None => self.find_member(object, label(raw)),
        };
        match before {
            Some(before) => {
                if let Some(before) = self.node_mut(before) {
                    before.follower = Some(place);
                }
            }
            None => {
                if let Some(object) = self.node_mut(object) {
                    object.opener = Some(place);
                }
            }
        }
        place
    }

    /// The place of an array's elements.
    pub(crate) fn element(&mut self, array: Place) -> Place {
        let Some(node) = self.node(array) else {
            return array;
        };
        if let Some(element) = node.element {
            return element;
        }
        let path = format!("{}{ELEMENT}", node.path);
        let element = self.add(path, array, ELEMENT.as_bytes()).unwrap_or(array);
        if let Some(node) = self.node_mut(array) {
            node.element = Some(element);
        }
        element
    }

    /// The Field of the value there, or of its keys; `index` numbers it the first time.
    pub(crate) fn field(
        &mut self,
        place: Place,
        of_keys: bool,
        index: impl FnOnce(&str) -> u32,
    ) -> u32 {
        let Some(node) = self.nodes.get_mut(place.0 as usize) else {
            return index(KEYS);
        };
        let [value, keys] = &mut node.fields;
        match of_keys {
            true => *keys.get_or_insert_with(|| index(&format!("{}{KEYS}", node.path))),
            false if node.path.is_empty() => *value.get_or_insert_with(|| index(FieldPath::BODY)),
            false => *value.get_or_insert_with(|| index(&node.path)),
        }
    }

    fn find_member(&mut self, object: Place, label: &str) -> Place {
        let Some(node) = self.node(object) else {
            return object;
        };
        if let Some(member) = node.members.get(label.as_bytes()) {
            return *member;
        }
        let dot = if node.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{label}", node.path);
        let Some(member) = self.add(path, object, label.as_bytes()) else {
            return object;
        };
        if let Some(node) = self.node_mut(object) {
            node.members.insert(label.as_bytes().into(), member);
        }
        member
    }

    fn add(&mut self, path: String, around: Place, label: &[u8]) -> Option<Place> {
        let fits = self.nodes.len() < PLACES_MAX && path.len() <= PATH_BYTES_MAX;
        fits.then(|| self.push(path, around, label))
    }

    fn push(&mut self, path: String, around: Place, label: &[u8]) -> Place {
        let place = Place(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let (label, members) = (label.into(), HashMap::new());
        let (follower, opener, element, fields) = (None, None, None, [None; 2]);
        self.nodes.push(Node {
            path,
            label,
            around,
            follower,
            opener,
            members,
            element,
            fields,
        });
        place
    }

    fn node(&self, place: Place) -> Option<&Node> {
        self.nodes.get(place.0 as usize)
    }

    fn node_mut(&mut self, place: Place) -> Option<&mut Node> {
        self.nodes.get_mut(place.0 as usize)
    }
}
