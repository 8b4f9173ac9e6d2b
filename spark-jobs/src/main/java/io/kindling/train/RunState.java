package io.kindling.train;

import io.kindling.report.Counters;
import io.kindling.report.Identity;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint holds beside tensors.
 *
 * @param configSha256 {@link io.kindling.conf.RunConfig#sha256()}
 * @param stopSha256 {@link io.kindling.conf.RunConfig#stopSha256()}
 * @param identity what else decides the bits
 * @param epoch of the next step, counted from 0
 * @param step the next one in that epoch, counted from 0; where it is the number of an epoch's
 *     steps, what comes next is the epoch's end
 * @param counters of the report
 * @param testLoss at this very step; null where it was not measured
 * @param bestLoss the lowest so far on the test data; null before the first evaluation
 * @param sinceBest evaluations since then
 * @param skippedInRow steps that were left out just before this one
 */
record RunState(
    String configSha256,
    String stopSha256,
    Identity identity,
    int epoch,
    long step,
    Counters counters,
    @Nullable Double testLoss,
    @Nullable Double bestLoss,
    int sinceBest,
    int skippedInRow) {}
