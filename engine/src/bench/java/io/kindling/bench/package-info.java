/** Benchmarks against libtorch and profiles; see engine/BENCHMARKS.md for results. */
package io.kindling.bench;
