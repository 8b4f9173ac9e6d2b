package io.kindling.jobs;

import io.kindling.conf.RunConfig;
import org.jspecify.annotations.Nullable;

/**
 * What {@code train} was told.
 *
 * @param config resolved
 * @param output the directory of the run, on any Hadoop file system
 * @param runId null for one of the job's choice
 * @param overwrite whether another run's output may be replaced
 * @param verbose whether stack traces are wanted
 */
record TrainOptions(
    RunConfig config, String output, @Nullable String runId, boolean overwrite, boolean verbose) {}
