package io.kindling.data;

/**
 * Examples that come one after another, with no position or known number: a stream, a log, a
 * generator. Each iterator starts from the beginning.
 */
@FunctionalInterface
public interface IterableDataset extends Iterable<Sample> {}
