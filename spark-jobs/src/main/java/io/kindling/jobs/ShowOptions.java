package io.kindling.jobs;

/**
 * What {@code show} was told.
 *
 * @param path a model file, or the output directory of a training run
 */
record ShowOptions(String path) {}
