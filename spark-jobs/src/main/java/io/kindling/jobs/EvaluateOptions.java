package io.kindling.jobs;

import io.kindling.conf.RunConfig;
import org.jspecify.annotations.Nullable;

/**
 * What {@code evaluate} was told.
 *
 * @param config resolved
 * @param model the output directory of a training run
 * @param output a file for the metrics; null when they are only printed
 * @param verbose whether stack traces are wanted
 */
record EvaluateOptions(RunConfig config, String model, @Nullable String output, boolean verbose) {}
