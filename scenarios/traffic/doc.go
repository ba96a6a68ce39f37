// Package traffic is the arithmetic of a traffic plan: exactly PV page views by
// exactly UV users over a schedule, as a pure function from the number of a hit
// to its due time and its user. A [Spec] says what is asked for, Compile turns it
// into an immutable [Plan], and [Plan.Visit] answers for any hit, in any order,
// from any goroutine, without a table of users or hits: a billion of either costs
// no memory. [Plan.Cursor] goes through the hits in order, of all users or of a
// shard of them.
//
// # Who makes a view
//
// Under [Paced], hits 0 to n have introduced known(n) = ⌈(n+1)·uv/pv⌉ users, in
// 128-bit integers. A hit that raises known introduces the next user; any other
// is a repeat, by a user from [0, known(n)) whom the law chooses. So uv users
// appear under every law, and new ones keep coming to the end of the run.
//
// Under [Mixed], a keyed permutation π puts the hits in random order. A hit with
// π(n) < uv is made by user π(n), which makes every user appear; the law chooses
// from [0, uv) for the others.
//
// With λ = pv/uv − 1 repeats to each user:
//
// Zipf chooses the k-th of the users with probability ∝ 1/k^S. Under Paced the
// k-th is the k-th introduced, out of those introduced so far, so the first users
// of the run are its heaviest; under Mixed it is user k−1 of all.
//
// Geometric, Paced, chooses uniformly from the users introduced so far. That
// alone makes the views of a user geometric: user k receives repeats at the rate
// λ/K while K users are known, λ·ln(uv/k) in all; as k/uv is uniform over (0, 1),
// −ln(k/uv) is exponential with mean 1, and a Poisson variable whose mean is
// λ times that is geometric with mean λ. (It is the law of the outdegrees of
// random recursive trees: Na and Rapoport, "Distribution of Nodes of a Tree by
// Degree", Math. Biosciences 6, 1970.) The earlier users are the heavier ones.
// It is a limit for many users: the first handful have fewer than it says.
//
// Geometric, Mixed, chooses user ⌊(1−e^−x)·uv⌋ with x ~ Gamma(2). The user at the
// share v = 1−e^−x of all then has the density x = −ln(1−v), exponential over the
// users as before.
//
// Even, Mixed, gives hit n to user π(n) mod uv: the numbers of views differ by
// one at most.
//
// Even, Paced, has to give way somewhere. At hit n the known users have already
// shared n+1 ≈ known(n)·pv/uv views, all that they will ever get if users are to
// be equal, so strictly equal numbers force every user to make all views
// before the next user comes: one user at a time, which is no traffic. Here users
// are introduced in 32 cohorts of ⌊uv/32⌋ (of 1 below 64 users), and the repeats
// during one cohort's introduction go in turn to the users of the one before. A
// user so makes the first view, is silent for up to a cohort, and returns at equal
// distances for the length of one. All users have ⌊pv/uv⌋ or ⌈pv/uv⌉ views but for
// the edges of the run: the first cohort, who alone are there to return at the
// start, have about twice as many (its own first cohorts, formed inside it by the
// same rule, more), and the last cohorts, whom the end of the run cuts off, have
// fewer, down to one.
//
// A user's ID is a keyed permutation of its number, so that users who are
// neighbours in time are not neighbours in ID.
//
// # When a view is due
//
// The shape is a rate over time whose integral over the schedule is exactly PV.
// Evenly spaced, hit n is due at the last nanosecond at which the integral is
// still at most n: the first hit at 0 (or at the end of a pause at the start), and
// every hit before the end of the schedule. All times are computed from n and
// not from the hit before, so they don't drift. Steady times are integers
// throughout, ⌊n·duration/pv⌋.
//
// Poisson arrivals are a Poisson process of the shape's rate conditioned on
// exactly PV arrivals: PV independent uniform points in the integrated rate, in
// order. The n-th is found by splitting the number of points binomially, half by
// half, by hash.
//
// # The same on every machine
//
// Random draws are hashes of (seed, purpose, hit, attempt). Floating point is
// +, −, ×, ÷ and square root, each correctly rounded by IEEE 754, without fused
// multiply-add and without the elementary functions of package math.
package traffic
