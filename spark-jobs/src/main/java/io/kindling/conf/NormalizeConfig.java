package io.kindling.conf;

import java.io.Serializable;
import java.util.List;

/**
 * Standardises the inputs: {@code (x - mean) / std}, with pixels scaled to [0, 1] before.
 *
 * @param mean one number for all channels, or one a channel
 * @param std as many numbers as {@code mean}, each above 0
 */
public record NormalizeConfig(List<Double> mean, List<Double> std) implements Serializable {
  public NormalizeConfig {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    Check.require(!mean.isEmpty(), "data.normalize.mean", "must hold at least one number");
    Check.require(
        mean.size() == std.size(),
        "data.normalize.std",
        "must hold as many numbers as data.normalize.mean: expected "
            + mean.size()
            + ", got "
            + std.size());
    for (double value : std) {
      Check.positive("data.normalize.std", value);
    }
    for (double value : mean) {
      Check.require(Double.isFinite(value), "data.normalize.mean", "must be finite, got " + value);
    }
  }
}
