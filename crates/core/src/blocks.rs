//! The blocks of a memory pool: segments cut into pieces, free neighbours joined, the smallest that fits handed out.
//!
//! It counts addresses and touches no memory. The pools of the backends take the segments and give them back.

mod bins;
pub mod over;
pub mod pool;

use crate::backend::MemoryInfo;
pub use bins::{Bins, Lists, N_BINS, bin_of, is_exact};
use smallvec::SmallVec;

/// Blocks begin at multiples of this and have such sizes.
pub const ALIGNMENT: usize = 512;
/// Requests below this have segments of their own.
pub const SMALL: usize = 64 << 10;
/// The number of no block
pub const NONE: u32 = u32::MAX;
/// Segments are multiples of this. A zone's next one is a sixteenth of what the zone holds, so that a small pool loses
/// little to a segment just begun and a large one consists of few: memory is only joined within them.
pub const SEGMENT: usize = 2 << 20;
const PARTS: usize = 16;
/// Unless one request is larger
pub const LARGEST_SEGMENT: usize = 256 << 20;
/// From here on segments are made for one request and not larger than it asks.
const ALONE: usize = 64 << 20;

/// Who may use a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Anyone of its queue
    Free,
    /// Who asked for it
    Live,
    /// Nobody, until events have passed
    Parked,
    /// Not a block: its number can be used again
    Unused,
}

/// Small blocks have segments of their own, so that few of them do not keep a large piece from being whole again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zone {
    /// Below [`SMALL`]
    Small,
    /// The others
    Large,
}

impl Zone {
    /// Where a request belongs.
    pub fn of(size: usize) -> Zone {
        if size < SMALL { Zone::Small } else { Zone::Large }
    }

    /// The one that it is not.
    pub fn other(self) -> Zone {
        if self == Zone::Small { Zone::Large } else { Zone::Small }
    }
}

/// A piece of a segment.
pub struct Node {
    /// Where it begins
    pub address: usize,
    /// Its bytes
    pub size: usize,
    /// The queue in whose order it may be reused
    pub home: u64,
    /// Who may use it
    pub status: Status,
    /// The zone of its segment
    pub zone: Zone,
    /// The neighbour in the segment with lower addresses
    pub before: u32,
    /// The neighbour with higher ones
    pub after: u32,
    /// The neighbours in the list of free blocks
    pub previous: u32,
    /// As above
    pub next: u32,
    /// Other queues that use it
    pub users: SmallVec<[u64; 2]>,
}

impl Node {
    /// A piece of a segment that is in no list yet.
    fn new(address: usize, size: usize, home: u64, zone: Zone) -> Node {
        let (before, after, previous, next) = (NONE, NONE, NONE, NONE);
        Node { address, size, home, status: Status::Free, zone, before, after, previous, next, users: SmallVec::new() }
    }

    /// Whether it is a segment of which nothing is in use.
    pub fn is_whole(&self) -> bool {
        self.status == Status::Free && self.before == NONE && self.after == NONE
    }
}

/// The blocks of a pool, with events of a sort for those that wait.
pub struct Blocks<E> {
    /// All pieces of all segments, by number
    pub nodes: Vec<Node>,
    unused: Vec<u32>,
    /// The free ones of each queue
    pub lists: Vec<Lists>,
    /// Those that wait, with their events
    pub parked: Vec<(u32, SmallVec<[E; 2]>)>,
    /// Sums
    pub info: MemoryInfo,
    /// Bytes of the segments of each zone
    pub held: [usize; 2],
    /// The most that was in use since memory was last given back
    pub peak: usize,
    /// How many segments were given back to make room for others since then
    pub n_replaced: usize,
}

impl<E> Default for Blocks<E> {
    fn default() -> Blocks<E> {
        Blocks {
            nodes: Vec::new(),
            unused: Vec::new(),
            lists: Vec::new(),
            parked: Vec::new(),
            info: MemoryInfo::default(),
            held: [0; 2],
            peak: 0,
            n_replaced: 0,
        }
    }
}

impl<E> Blocks<E> {
    /// The best free block of a queue and zone for a request, made live and cut to size.
    pub fn take(&mut self, queue: u64, wanted: usize, zone: Zone) -> Option<u32> {
        let bins = self.lists.iter().find(|l| l.queue == queue)?.of(zone);
        let mut bin = bin_of(wanted);
        let mut best = NONE;
        while best == NONE {
            bin = bins.first(bin)?;
            let mut k = bins.heads[bin];
            // Blocks of an exact bin are equal; others are searched for the smallest that fits.
            let mut least = usize::MAX;
            while k != NONE && least != wanted {
                let node = &self.nodes[k as usize];
                if node.size >= wanted && node.size < least {
                    (best, least) = (k, node.size);
                }
                k = if is_exact(bin) { NONE } else { node.next };
            }
            bin += 1;
        }
        self.unlink(best);
        let Node { address, size, after, .. } = self.nodes[best as usize];
        let rest = size - wanted;
        if rest >= ALIGNMENT {
            let tail = self.new_node(Node { before: best, after, ..Node::new(address + wanted, rest, queue, zone) });
            if after != NONE {
                self.nodes[after as usize].before = tail;
            }
            self.nodes[best as usize].after = tail;
            self.nodes[best as usize].size = wanted;
            self.link(tail);
        }
        self.nodes[best as usize].status = Status::Live;
        self.info.used += wanted;
        self.peak = self.peak.max(self.info.used);
        Some(best)
    }

    /// Whether a queue has a free block that [`Blocks::take`] would find.
    pub fn has(&self, queue: u64, wanted: usize, zone: Zone) -> bool {
        let Some(lists) = self.lists.iter().find(|l| l.queue == queue) else { return false };
        let (bins, mut bin) = (lists.of(zone), bin_of(wanted));
        while let Some(found) = bins.first(bin) {
            let mut k = bins.heads[found];
            while k != NONE {
                if self.nodes[k as usize].size >= wanted {
                    return true;
                }
                k = self.nodes[k as usize].next;
            }
            bin = found + 1;
        }
        false
    }

    /// Puts a block on its queue's list, joined with its free neighbours.
    pub fn insert(&mut self, mut k: u32) {
        let Node { before, after, home, .. } = self.nodes[k as usize];
        let joins = |s: &Self, n: u32| n != NONE && s.nodes[n as usize].status == Status::Free && s.nodes[n as usize].home == home;
        if joins(self, after) {
            self.unlink(after);
            self.absorb(k, after);
        }
        if joins(self, before) {
            self.unlink(before);
            self.absorb(before, k);
            k = before;
        }
        self.link(k);
    }

    /// Adds a segment, as one free block.
    pub fn add_segment(&mut self, address: usize, size: usize, queue: u64, zone: Zone) {
        self.info.total += size;
        self.held[zone as usize] += size;
        let k = self.new_node(Node::new(address, size, queue, zone));
        self.link(k);
    }

    /// The size of the segment to take for a request if there is room for it, and if there is little.
    pub fn segment_sizes(&self, wanted: usize) -> (usize, usize) {
        let tight = wanted.next_multiple_of(SEGMENT);
        if wanted >= ALONE {
            return (tight, tight);
        }
        let part = (self.held[Zone::of(wanted) as usize] / PARTS).next_multiple_of(SEGMENT);
        (part.clamp(tight, LARGEST_SEGMENT), tight)
    }

    /// Removes segments of the queue that are whole and yet of no use for a request, where the pool would else hold an
    /// eighth more than was ever in use. To give memory back costs time, so each such segment raises the bound a little: a
    /// loop that is not helped comes to an end of it. Other queues' segments stay, for two queues would take them from
    /// each other.
    pub fn replace(&mut self, queue: u64, wanted: usize, segment: usize, release: impl FnMut(usize, usize)) {
        let peak = self.peak.max(self.info.used + wanted);
        let allowed = peak + peak / 8 + (peak / 256).saturating_mul(self.n_replaced);
        let is_due = |info: &MemoryInfo, node: &Node| node.home == queue && info.total + segment > allowed;
        self.n_replaced += self.remove_whole(is_due, release);
    }

    /// Removes the segments that are one free block where `is_due`, calling `release` with address and size; how many.
    pub fn remove_whole(&mut self, is_due: impl Fn(&MemoryInfo, &Node) -> bool, mut release: impl FnMut(usize, usize)) -> usize {
        let mut n = 0;
        for k in 0..self.nodes.len() as u32 {
            let node = &self.nodes[k as usize];
            if !node.is_whole() || !is_due(&self.info, node) {
                continue;
            }
            let Node { address, size, zone, .. } = *node;
            self.unlink(k);
            self.nodes[k as usize].status = Status::Unused;
            self.unused.push(k);
            self.info.total -= size;
            self.held[zone as usize] -= size;
            release(address, size);
            n += 1;
        }
        n
    }

    /// Forgets all segments, calling `release` with their addresses. Only right when no block lives.
    pub fn remove_all(&mut self, mut release: impl FnMut(usize)) {
        let nodes = std::mem::take(&mut self.nodes);
        nodes.iter().filter(|n| n.status != Status::Unused && n.before == NONE).for_each(|n| release(n.address));
        self.lists.clear();
        (self.unused, self.info.used, self.info.total, self.held) = (Vec::new(), 0, 0, [0; 2]);
    }

    /// Takes the present as the most that was ever in use.
    pub fn forget_peak(&mut self) {
        (self.peak, self.n_replaced) = (self.info.used, 0);
    }

    /// Hands all free blocks to one queue. Only right when no queue has work that uses them.
    pub fn gather(&mut self, queue: u64) {
        for k in 0..self.nodes.len() as u32 {
            let node = &self.nodes[k as usize];
            if node.status == Status::Free && node.home != queue {
                self.hand_over(k, queue);
            }
        }
    }

    /// Gives what one queue has to another. Only right when its work is done.
    pub fn inherit(&mut self, from: u64, to: u64) {
        for k in 0..self.nodes.len() as u32 {
            let node = &mut self.nodes[k as usize];
            node.users.retain(|q| *q != from);
            if node.home == from {
                match node.status {
                    Status::Free => self.hand_over(k, to),
                    Status::Live | Status::Parked => node.home = to,
                    Status::Unused => {}
                }
            }
        }
        self.lists.retain(|l| l.queue != from);
    }

    /// Puts a free block on another queue's list.
    fn hand_over(&mut self, k: u32, queue: u64) {
        self.unlink(k);
        // Not free while it is in no list: a neighbour that is inserted must not join it.
        self.nodes[k as usize].status = Status::Live;
        self.nodes[k as usize].home = queue;
        self.insert(k);
    }

    fn lists(&mut self, queue: u64) -> &mut Lists {
        let k = match self.lists.iter().position(|l| l.queue == queue) {
            Some(k) => k,
            None => {
                self.lists.push(Lists::new(queue));
                self.lists.len() - 1
            }
        };
        &mut self.lists[k]
    }

    fn new_node(&mut self, node: Node) -> u32 {
        match self.unused.pop() {
            Some(k) => {
                self.nodes[k as usize] = node;
                k
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
        }
    }

    fn link(&mut self, k: u32) {
        self.info.n_free += 1;
        let Node { size, home, zone, .. } = self.nodes[k as usize];
        let head = self.lists(home).of_mut(zone).set_head(bin_of(size), k);
        if head != NONE {
            self.nodes[head as usize].previous = k;
        }
        let node = &mut self.nodes[k as usize];
        (node.status, node.previous, node.next) = (Status::Free, NONE, head);
    }

    fn unlink(&mut self, k: u32) {
        self.info.n_free -= 1;
        let Node { size, home, zone, previous, next, .. } = self.nodes[k as usize];
        if next != NONE {
            self.nodes[next as usize].previous = previous;
        }
        if previous != NONE {
            self.nodes[previous as usize].next = next;
        } else {
            self.lists(home).of_mut(zone).set_head(bin_of(size), next);
        }
    }

    /// Makes `k` reach to the end of its neighbour `after`.
    fn absorb(&mut self, k: u32, after: u32) {
        let Node { size, after: beyond, .. } = self.nodes[after as usize];
        self.nodes[after as usize].status = Status::Unused;
        self.unused.push(after);
        self.nodes[k as usize].size += size;
        self.nodes[k as usize].after = beyond;
        if beyond != NONE {
            self.nodes[beyond as usize].before = k;
        }
    }
}
