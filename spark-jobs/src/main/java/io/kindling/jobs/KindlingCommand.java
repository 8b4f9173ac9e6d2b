package io.kindling.jobs;

import io.kindling.conf.ConfigLoader;
import io.kindling.conf.GenerateConfig;
import io.kindling.conf.Layer;
import io.kindling.conf.RunConfig;
import io.kindling.failure.Ending;
import io.kindling.failure.JobException;
import io.kindling.failure.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scala.Tuple2;

/** The command line: options in, a job's options out. */
@Command(
    name = "kindling",
    description = "Trains neural networks as batch jobs on Apache Spark.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = KindlingCommand.Version.class,
    subcommands = {
      KindlingCommand.Train.class,
      KindlingCommand.Evaluate.class,
      KindlingCommand.Generate.class,
      KindlingCommand.Show.class,
      VerifyCommand.class
    })
final class KindlingCommand {
  /** A command with its options parsed. */
  interface Action {
    void run() throws Exception;
  }

  /** A parser that reads arguments as they stand. */
  static CommandLine parser() {
    return new CommandLine(new KindlingCommand())
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  /** A path as it was given, if it is one. */
  static String path(String option, String value) {
    try {
      new Path(value);
    } catch (IllegalArgumentException e) {
      throw new JobException(
          Ending.USAGE,
          String.format(
              "%s \"%s\" is no path: %s; give a path without a colon, or a whole URI such as"
                  + " hdfs://host/dir",
              option, value, e.getMessage()),
          Place.UNKNOWN,
          e);
    }
    return value;
  }

  /** The version in the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = KindlingCommand.class.getPackage().getImplementationVersion();
      return new String[] {"kindling " + (version == null ? "(unpacked build)" : version)};
    }
  }

  /** Options of every command. */
  static final class Common {
    @Option(names = "--verbose", description = "Show stack traces.")
    boolean verbose;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help and end.")
    boolean help;
  }

  /** The options that make a configuration. */
  static final class Configured {
    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "The configuration in YAML, on any Hadoop file system.")
    String file = "";

    @Option(
        names = "--set",
        paramLabel = "KEY=VALUE",
        description = "Set a key over the file, such as train.epochs=3; may be repeated.")
    List<String> settings = new ArrayList<>();

    /** Command line over file over {@code spark.kindling.*} over defaults; starts no Spark. */
    RunConfig load() throws IOException {
      SparkConf spark = new SparkConf();
      Map<String, String> entries =
          Arrays.stream(spark.getAll()).collect(Collectors.toMap(Tuple2::_1, Tuple2::_2));
      return ConfigLoader.load(
          List.of(
              Layer.sparkConf(entries),
              ConfigLoader.readFile(path("--config", file), Sessions.hadoop()),
              Layer.settings(settings)));
    }
  }

  @Command(name = "train", description = "Train a network and save it.")
  static final class Train implements Action {
    @Mixin Configured configured = new Configured();
    @Mixin Common common = new Common();

    @Option(
        names = "--output",
        required = true,
        paramLabel = "DIR",
        description = "Where the run leaves its files, on any Hadoop file system.")
    String output = "";

    @Option(
        names = "--run-id",
        paramLabel = "ID",
        description = "A name for the run; the same command and ID may run again.")
    @Nullable String runId;

    @Option(
        names = "--overwrite",
        description = "Replace an output of another configuration instead of refusing.")
    boolean overwrite;

    @Override
    public void run() throws Exception {
      path("--output", output);
      TrainJob.run(new TrainOptions(configured.load(), output, runId, overwrite, common.verbose));
    }
  }

  @Command(name = "evaluate", description = "Measure a saved model on a data set.")
  static final class Evaluate implements Action {
    @Mixin Configured configured = new Configured();
    @Mixin Common common = new Common();

    @Option(
        names = "--model",
        required = true,
        paramLabel = "PATH",
        description = "The output of a training run, or a model file.")
    String model = "";

    @Option(names = "--output", paramLabel = "FILE", description = "Write the metrics as JSON too.")
    @Nullable String output;

    @Override
    public void run() throws Exception {
      path("--model", model);
      if (output != null) {
        path("--output", output);
      }
      EvaluateJob.run(new EvaluateOptions(configured.load(), model, output, common.verbose));
    }
  }

  @Command(
      name = "generate",
      description = {
        "Make a synthetic data set: training and test files of MNIST's layout and names.",
        "The directory can then be a data.root."
      })
  static final class Generate implements Action {
    @Mixin Common common = new Common();

    @Option(
        names = "--kind",
        required = true,
        paramLabel = "KIND",
        description = "What to draw: digits.")
    GenerateConfig.Kind kind = GenerateConfig.Kind.DIGITS;

    @Option(
        names = "--count",
        required = true,
        paramLabel = "N",
        description = "How many training examples.")
    int count;

    @Option(
        names = "--test-count",
        paramLabel = "N",
        description = "How many test examples; a sixth of --count unless given, as in MNIST.")
    @Nullable Integer testCount;

    @Option(names = "--seed", paramLabel = "S", description = "Of the drawing; 0 unless given.")
    long seed;

    @Option(
        names = "--output",
        required = true,
        paramLabel = "DIR",
        description = "Where the files go, on any Hadoop file system.")
    String output = "";

    @Option(names = "--overwrite", description = "Replace files that are there.")
    boolean overwrite;

    @Override
    public void run() throws Exception {
      path("--output", output);
      requireCount("--count", count);
      int tests = testCount == null ? Math.max(1, count / 6) : testCount;
      requireCount("--test-count", tests);
      GenerateConfig what = new GenerateConfig(kind, count, tests, seed);
      GenerateJob.run(new GenerateOptions(what, output, overwrite));
    }

    private static void requireCount(String option, int value) {
      if (value < 1 || value > GenerateConfig.MOST_EXAMPLES) {
        throw new JobException(
            Ending.USAGE,
            String.format(
                "%s must lie between 1 and %d, got %d",
                option, GenerateConfig.MOST_EXAMPLES, value));
      }
    }
  }

  @Command(name = "show", description = "Tell what a model file or a run's output holds.")
  static final class Show implements Action {
    @Mixin Common common = new Common();

    @Parameters(paramLabel = "PATH", description = "A model file or the output of a run.")
    String path = "";

    @Override
    public void run() throws Exception {
      ShowJob.run(new ShowOptions(path("PATH", path)));
    }
  }
}
