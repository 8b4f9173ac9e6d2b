package io.kindling.train;

import io.kindling.nn.Module;
import io.kindling.report.RunStatus;

/**
 * What a run left.
 *
 * @param status as {@code status.json} has it
 * @param trained false where the output was there already, complete
 * @param model the network with its final parameters, in evaluation mode
 */
public record TrainResult(RunStatus status, boolean trained, Module model) {}
