package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Training on one core and on two")
class OneCoreTest {
  @TempDir Path dir;

  private String weights(String master) throws IOException {
    SparkSession spark = LocalSpark.start(master);
    try {
      return Trainer.of(spark, LocalSpark.config(dir.resolve("digits")))
          .out(LocalSpark.SILENT)
          .fit(dir.resolve(master).toString())
          .status()
          .weightsSha256();
    } finally {
      spark.stop();
    }
  }

  @Test
  @DisplayName("gives the same bits")
  void sameBits() throws IOException {
    assertEquals(weights("local[1]"), weights("local[2]"));
  }
}
