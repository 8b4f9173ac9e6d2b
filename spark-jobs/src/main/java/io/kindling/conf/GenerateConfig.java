package io.kindling.conf;

import java.io.Serializable;

/**
 * A synthetic data set that is made under {@code data.root} when its files are absent.
 *
 * @param kind what is drawn
 * @param trainCount training examples, at least 1
 * @param testCount test examples, at least 1
 * @param seed of the drawing
 */
public record GenerateConfig(
    @Key("digits") Kind kind,
    @Key("60000") int trainCount,
    @Key("10000") int testCount,
    @Key("0") long seed)
    implements Serializable {

  public GenerateConfig {
    Check.atLeast("data.generate.train_count", 1, trainCount);
    Check.atLeast("data.generate.test_count", 1, testCount);
  }

  /** What is drawn. */
  public enum Kind {
    /** Handwritten-like digits of 28x28 pixels in ten classes. */
    DIGITS
  }
}
