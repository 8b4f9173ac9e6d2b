package io.kindling.jobs;

import io.kindling.failure.Ending;
import io.kindling.failure.Failures;
import io.kindling.failure.JobException;
import io.kindling.failure.Place;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkUserAppException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The class that spark-submit runs: {@code spark-submit --class io.kindling.jobs.Kindling
 * kindling.jar COMMAND …}.
 */
public final class Kindling {
  private static final String DEPLOY_MODE = "spark.submit.deployMode";
  private static final int MOST_LINES = 8;

  private Kindling() {}

  /**
   * Runs one command. Success returns; a failure is told on standard error, its cause last, and
   * thrown. In client mode what is thrown makes spark-submit end with {@link Ending#code()} and
   * without a stack trace; in cluster mode it is a {@link JobException}, so that the cluster's
   * manager shows the cause.
   */
  public static void main(String[] args) throws SparkUserAppException {
    JobException failure;
    try (ExitGuard guard = ExitGuard.over(System.err)) {
      failure = run(System.out, System.err, args);
    }
    if (failure != null) {
      if ("client".equals(System.getProperty(DEPLOY_MODE))) {
        silenceShutdown();
        throw ExitStatus.of(failure.ending().code(), failure);
      }
      throw isVerbose(args) ? failure : failure.bare();
    }
  }

  /** Runs one command; returns the failure that it told, or null. */
  static @Nullable JobException run(PrintStream out, PrintStream err, String... args) {
    try {
      execute(out, args);
      return null;
    } catch (Throwable thrown) { // errors too: what ends a command is told
      JobException failure = Failures.classify(thrown, output(args));
      tell(err, failure, isVerbose(args), command(args));
      return failure;
    }
  }

  private static void execute(PrintStream out, String... args) throws Exception {
    CommandLine parser = KindlingCommand.parser();
    PrintWriter writer = new PrintWriter(out, true, StandardCharsets.UTF_8);
    parser.setOut(writer);
    ParseResult parsed = parse(parser, args);
    if (CommandLine.executeHelpRequest(parsed) != null) {
      writer.flush();
      return;
    }
    if (!parsed.hasSubcommand()) {
      throw new JobException(
          Ending.USAGE,
          "no command given; one of " + String.join(", ", parser.getSubcommands().keySet()));
    }
    Object command = parsed.subcommand().commandSpec().userObject();
    ((KindlingCommand.Action) command).run();
  }

  private static ParseResult parse(CommandLine parser, String... args) {
    try {
      return parser.parseArgs(args);
    } catch (ParameterException e) {
      throw new JobException(Ending.USAGE, explain(e), Place.UNKNOWN, e);
    }
  }

  /** Names the first argument that is not known; it also explains an option that is missing. */
  private static String explain(ParameterException e) {
    CommandLine command = e.getCommandLine();
    List<String> unmatched = command.getUnmatchedArguments();
    boolean unknown =
        e instanceof UnmatchedArgumentException || e instanceof MissingParameterException;
    if (unmatched.isEmpty() || !unknown) {
      return String.valueOf(e.getMessage());
    }
    String first = unmatched.get(0);
    String what = command.getSubcommands().isEmpty() ? "argument" : "command";
    List<String> near = new UnmatchedArgumentException(command, unmatched).getSuggestions();
    return "unknown "
        + (first.startsWith("-") ? "option" : what)
        + " "
        + first
        + (near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?");
  }

  /** A stack trace only where asked for; the cause stands last. */
  private static void tell(PrintStream err, JobException failure, boolean verbose, String command) {
    if (verbose) {
      failure.printStackTrace(err);
    }
    if (failure.ending() == Ending.USAGE) {
      err.println("--help shows the usage of a command");
    }
    String place = failure.place().toString();
    err.println(
        command
            + " FAILED: "
            + failure.ending().words()
            + (place.isEmpty() ? "" : " (" + place + ")"));
    String message = failure.message();
    message.lines().limit(MOST_LINES).forEach(err::println);
    err.flush();
  }

  private static String command(String... args) {
    return args.length == 0 || args[0].startsWith("-") ? "kindling" : args[0];
  }

  private static @Nullable String output(String... args) {
    int option = Arrays.asList(args).indexOf("--output");
    if (option >= 0 && option + 1 < args.length) {
      return args[option + 1];
    }
    return Arrays.stream(args)
        .filter(arg -> arg.startsWith("--output="))
        .map(arg -> arg.substring("--output=".length()))
        .findFirst()
        .orElse(null);
  }

  private static boolean isVerbose(String... args) {
    return Arrays.asList(args).contains("--verbose");
  }

  /** Spark's shutdown hooks would log below the cause. */
  private static void silenceShutdown() {
    try {
      Configurator.setLevel("org.apache.spark.util.ShutdownHookManager", Level.WARN);
    } catch (LinkageError e) {
      return; // Another logger than Spark's own: the cause still stands near the end.
    }
  }
}
