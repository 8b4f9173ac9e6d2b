package io.kindling.jobs;

import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.ModelFile;
import io.kindling.report.Evaluation;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunStatus;
import io.kindling.train.Evaluator;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The job behind the command of the same name. */
final class EvaluateJob {
  private EvaluateJob() {}

  /** What {@code --output} holds. */
  record Report(String model, double testLoss, double testAccuracy, long examples) {}

  static void run(EvaluateOptions options) throws Exception {
    Evaluation found =
        Sessions.with(
            "evaluate",
            spark -> {
              Configuration hadoop = spark.sparkContext().hadoopConfiguration();
              Directory directory = Directory.of(options.model(), hadoop);
              requireModel(directory);
              String name = directory.resolve(RunDirectory.MODEL).toString();
              Evaluation evaluation =
                  Evaluator.evaluate(
                      spark,
                      options.config(),
                      model -> ModelFile.load(directory.open(RunDirectory.MODEL), name, model));
              write(options, evaluation, hadoop);
              return evaluation;
            });
    System.out.printf(
        Locale.ROOT,
        "test_loss %.6f  test_accuracy %.4f  %d examples%n",
        found.loss(),
        found.accuracy(),
        found.examples());
  }

  private static void requireModel(Directory directory) throws IOException {
    if (!directory.has(RunDirectory.MODEL)) {
      throw new FileNotFoundException(
          directory.resolve(RunDirectory.MODEL)
              + " does not exist; --model takes the output of a training run that succeeded");
    }
  }

  private static void write(EvaluateOptions options, Evaluation found, Configuration hadoop)
      throws IOException {
    String output = options.output();
    if (output == null) {
      return;
    }
    Path path = new Path(output);
    Path parent = path.getParent();
    Directory directory = Directory.of(parent == null ? "." : parent.toString(), hadoop);
    directory.create();
    Report report = new Report(options.model(), found.loss(), found.accuracy(), found.examples());
    directory.publishText(path.getName(), RunStatus.pretty(report));
  }
}
