package io.kindling.jobs;

import io.kindling.conf.GenerateConfig;

/**
 * What {@code generate} was told.
 *
 * @param what the kind, the counts and the seed
 * @param output a directory that can then be a {@code data.root}
 * @param overwrite whether files that are there may be replaced
 */
record GenerateOptions(GenerateConfig what, String output, boolean overwrite) {}
