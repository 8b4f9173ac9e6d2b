package io.kindling.jobs;

import io.kindling.checkpoint.Directory;
import io.kindling.core.DataException;
import io.kindling.report.Evaluation;
import io.kindling.report.RunStatus;
import io.kindling.train.Evaluator;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/** The job behind the command of the same name. */
final class EvaluateJob {
  private EvaluateJob() {}

  /** What {@code --output} holds. */
  record Report(String model, double testLoss, double testAccuracy, long examples) {}

  static void run(EvaluateOptions options) throws Exception {
    Path output = output(options.output());
    Evaluation found =
        Sessions.with(
            "evaluate",
            Duration.ofSeconds(options.config().train().stepTimeout() * 9L / 10),
            spark -> {
              Configuration hadoop = spark.sparkContext().hadoopConfiguration();
              SavedModel model = SavedModel.find(options.model(), hadoop);
              Evaluation evaluation = Evaluator.evaluate(spark, options.config(), model::loadInto);
              requireFinite(evaluation, model);
              write(options.model(), output, evaluation, hadoop);
              return evaluation;
            });
    System.out.printf(
        Locale.ROOT,
        "test_loss %.6f  test_accuracy %.4f  %d examples%n",
        found.loss(),
        found.accuracy(),
        found.examples());
  }

  private static void requireFinite(Evaluation found, SavedModel model) {
    if (!Double.isFinite(found.loss())) {
      throw new DataException(
              String.format(
                  Locale.ROOT,
                  "%s: the loss on the test examples is %s; the model or the data holds values that"
                      + " are not finite numbers",
                  model,
                  found.loss()))
          .in(model.toString());
    }
  }

  /** The full path of what is to be written; refused before the work where it cannot be. */
  private static @Nullable Path output(@Nullable String name) throws IOException {
    if (name == null) {
      return null;
    }
    Path path = new Path(name);
    FileSystem files = path.getFileSystem(Sessions.hadoop());
    Path full = files.makeQualified(path);
    boolean directory = files.exists(full) && files.getFileStatus(full).isDirectory();
    if (directory || full.getParent() == null) {
      throw new FileAlreadyExistsException(full + " is a directory; --output takes a file's name");
    }
    return full;
  }

  private static void write(
      String model, @Nullable Path output, Evaluation found, Configuration hadoop)
      throws IOException {
    if (output == null) {
      return;
    }
    Directory directory = Directory.of(String.valueOf(output.getParent()), hadoop);
    directory.create();
    Report report = new Report(model, found.loss(), found.accuracy(), found.examples());
    directory.publishText(output.getName(), RunStatus.pretty(report));
  }
}
