package io.kindling.source;

import io.kindling.conf.DataConfig;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/**
 * Where examples come from, as the driver sees it. A new kind is an implementation, a constant of
 * {@link DataConfig.Format} and a line in {@link #of}.
 */
public interface Source {
  /**
   * Finds a split and checks all that can be checked without reading every example.
   *
   * @throws java.io.FileNotFoundException naming what was looked for
   * @throws io.kindling.core.DataException naming file and record
   */
  Examples open(Split split) throws IOException;

  /** The source that a configuration names. */
  static Source of(DataConfig config, Configuration hadoop) {
    return switch (config.format()) {
      case IDX -> new IdxSource(config, hadoop);
      case CSV -> new CsvSource(config, hadoop);
    };
  }
}
