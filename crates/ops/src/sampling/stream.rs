//! A stream of random numbers for each element: Philox 4x32-10 with the place in the third and fourth counter words.

/// How often a rejection is tried at most. Each method accepts with a probability far above one half, so that nobody
/// meets the end.
pub const ROUNDS: u32 = 256;

/// Philox 4x32-10 of a counter and a key.
#[inline]
pub fn philox(mut c: [u32; 4], seed: u64) -> [u32; 4] {
    let (mut k0, mut k1) = (seed as u32, (seed >> 32) as u32);
    for _ in 0..10 {
        let p = 0xD251_1F53 * c[0] as u64;
        let q = 0xCD9E_8D57 * c[2] as u64;
        c = [(q >> 32) as u32 ^ c[1] ^ k0, q as u32, (p >> 32) as u32 ^ c[3] ^ k1, p as u32];
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
    }
    c
}

/// How many streams start side by side.
pub const WIDTH: usize = 16;

/// The words of `WIDTH` blocks: first words, second words and so on.
pub type Words = [[u32; WIDTH]; 4];

/// The words of `WIDTH` streams in a round. Side by side, which the compiler turns into vectors.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
#[expect(clippy::needless_range_loop, reason = "a block is a column of all four rows of words")]
pub fn start(blocks: &[i64; WIDTH], seed: i64, round: u32) -> Words {
    let mut c = [[0; WIDTH], [0; WIDTH], [round; WIDTH], [1; WIDTH]];
    for j in 0..WIDTH {
        (c[0][j], c[1][j]) = (blocks[j] as u32, (blocks[j] as u64 >> 32) as u32);
    }
    let (mut k0, mut k1) = (seed as u32, (seed as u64 >> 32) as u32);
    for _ in 0..10 {
        for j in 0..WIDTH {
            let p = 0xD251_1F53 * c[0][j] as u64;
            let q = 0xCD9E_8D57 * c[2][j] as u64;
            c[0][j] = (q >> 32) as u32 ^ c[1][j] ^ k0;
            c[1][j] = q as u32;
            c[2][j] = (p >> 32) as u32 ^ c[3][j] ^ k1;
            c[3][j] = p as u32;
        }
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
    }
    c
}

/// A function of the blocks, the seed and the places of up to `WIDTH` elements.
///
/// Elements whose seeds differ come one by one, so that none depends on its neighbours.
#[inline(always)]
pub fn for_each_group(blocks: &[i64], seeds: &[i64], mut f: impl FnMut(&[i64; WIDTH], i64, std::ops::Range<usize>)) {
    let mut first = 0;
    while first < blocks.len() {
        let seed = seeds[first];
        let len = seeds[first..].iter().take(WIDTH).take_while(|&&s| s == seed).count();
        let group = std::array::from_fn(|j| blocks[first + j.min(len - 1)]);
        f(&group, seed, first..first + len);
        first += len;
    }
}

/// Calls `f` with the number and the stream of each element.
#[inline(always)]
pub fn for_each_stream(blocks: &[i64], seeds: &[i64], mut f: impl FnMut(usize, &mut Stream)) {
    for_each_group(blocks, seeds, |group, seed, places| {
        let words = [start(group, seed, 0), start(group, seed, 1)];
        for (j, i) in places.enumerate() {
            f(i, &mut Stream::started(group[j], seed, &words, j));
        }
    });
}

/// In `[0, 1)`, with 53 bits of two words.
#[inline(always)]
pub fn uniform(a: u32, b: u32) -> f64 {
    (((a >> 5) as u64) << 26 | (b >> 6) as u64) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// In `(0, 1)`, with 52 bits of two words.
#[inline(always)]
pub fn open(a: u32, b: u32) -> f64 {
    ((((a >> 6) as u64) << 26 | (b >> 6) as u64) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

/// The numbers that belong to one block of the generator: those of the counters `(block, round, 1)`. Numbers that
/// are drawn without rejection have `(block, 0, 0)`.
pub struct Stream {
    seed: u64,
    block: u64,
    round: u32,
    /// Where the words that are left begin and end
    next: usize,
    end: usize,
    words: [u32; 8],
}

impl Stream {
    /// The stream of a block.
    #[inline]
    pub fn new(block: i64, seed: i64) -> Stream {
        Stream::at(block, seed, 0)
    }

    /// The stream of a block from a round on.
    #[inline]
    pub fn at(block: i64, seed: i64, round: u32) -> Stream {
        Stream { seed: seed as u64, block: block as u64, round, next: 0, end: 0, words: [0; 8] }
    }

    /// The stream of a block whose rounds 0 and 1 are there, in column `j`.
    #[inline(always)]
    pub fn started(block: i64, seed: i64, words: &[Words; 2], j: usize) -> Stream {
        let words = std::array::from_fn(|k| words[k / 4][k % 4][j]);
        Stream { seed: seed as u64, block: block as u64, round: 2, next: 0, end: 8, words }
    }

    /// The same stream behind its first pairs of words, up to four.
    #[inline(always)]
    pub fn behind(mut self, n_pairs: usize) -> Stream {
        self.next = 2 * n_pairs;
        self
    }

    /// Two words.
    #[inline]
    pub fn pair(&mut self) -> [u32; 2] {
        if self.next == self.end {
            let words = philox([self.block as u32, (self.block >> 32) as u32, self.round, 1], self.seed);
            self.words[..4].copy_from_slice(&words);
            self.round = self.round.wrapping_add(1);
            (self.next, self.end) = (0, 4);
        }
        let at = self.next & 6;
        self.next += 2;
        [self.words[at], self.words[at + 1]]
    }

    /// 64 bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b] = self.pair();
        (b as u64) << 32 | a as u64
    }

    /// In `[0, 1)`, with 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        let [a, b] = self.pair();
        uniform(a, b)
    }

    /// In `(0, 1)`, with 52 bits.
    #[inline]
    pub fn open(&mut self) -> f64 {
        let [a, b] = self.pair();
        open(a, b)
    }

    /// Of mean 0 and variance 1, by Box-Muller.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let u = self.open();
        let v = self.uniform();
        // The quarter turn is taken where it is exact.
        let quarter = (4.0 * v + 0.5).floor();
        let x = (v - 0.25 * quarter) * std::f64::consts::TAU;
        let cosine = match quarter as i32 & 3 {
            0 => x.cos(),
            1 => -x.sin(),
            2 => -x.cos(),
            _ => x.sin(),
        };
        (-2.0 * u.ln()).sqrt() * cosine
    }

    /// Below `bound`, each number alike: Lemire's method. 0 stands for `2^64`.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        let first = self.bits();
        self.below_from(first, bound)
    }

    /// The same with the first 64 bits at hand.
    #[inline]
    pub fn below_from(&mut self, first: u64, bound: u64) -> u64 {
        if bound == 0 {
            return first;
        }
        let mut product = first as u128 * bound as u128;
        if (product as u64) < bound {
            let least = bound.wrapping_neg() % bound;
            let mut round = 0;
            while (product as u64) < least && round < ROUNDS {
                product = self.bits() as u128 * bound as u128;
                round += 1;
            }
        }
        (product >> 64) as u64
    }
}

/// A number as int64: the nearest one that there is, and the smallest for NaN.
#[inline]
pub fn whole(x: f64) -> i64 {
    if x.is_nan() { i64::MIN } else { x as i64 }
}
