package io.kindling.conf;

import java.io.Serializable;

/**
 * A synthetic data set that is made under {@code data.root} when its files are absent.
 *
 * @param kind what is drawn
 * @param trainCount training examples, from 1 to {@link #MOST_EXAMPLES}
 * @param testCount test examples, from 1 to {@link #MOST_EXAMPLES}
 * @param seed of the drawing
 */
public record GenerateConfig(
    @Key("digits") Kind kind,
    @Key("60000") int trainCount,
    @Key("10000") int testCount,
    @Key("0") long seed)
    implements Serializable {
  /** A split's pixels are one array, a byte each. */
  public static final int MOST_EXAMPLES = Integer.MAX_VALUE / (28 * 28);

  public GenerateConfig {
    Check.atLeast("data.generate.train_count", 1, trainCount);
    Check.atLeast("data.generate.test_count", 1, testCount);
    Check.atMost("data.generate.train_count", MOST_EXAMPLES, trainCount);
    Check.atMost("data.generate.test_count", MOST_EXAMPLES, testCount);
  }

  /** What is drawn. */
  public enum Kind {
    /** Handwritten-like digits of 28x28 pixels in ten classes. */
    DIGITS
  }
}
