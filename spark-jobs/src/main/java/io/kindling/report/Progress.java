package io.kindling.report;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far a run is: one line that is written over and over on a terminal, plain lines
 * elsewhere.
 */
public final class Progress {
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintStream out;
  private final boolean terminal;
  private final int logEvery;
  private long lastDrawn;
  private int width;

  /**
   * Writes to {@code out}.
   *
   * @param terminal whether a carriage return brings the cursor back
   * @param logEvery steps between two plain lines
   */
  public Progress(PrintStream out, boolean terminal, int logEvery) {
    this.out = out;
    this.terminal = terminal;
    this.logEvery = logEvery;
    // So that the first step is drawn at once.
    this.lastDrawn = System.nanoTime() - REDRAW_NANOS;
  }

  /**
   * How far the run is after a step.
   *
   * @param epoch counted from 1
   * @param step of the run, counted from 1
   * @param steps of the whole run
   * @param loss mean over the step's examples
   */
  public record Position(
      int epoch, int epochs, long step, long steps, double loss, double examplesPerSecond) {

    String line(double secondsLeft) {
      return String.format(
          Locale.ROOT,
          "epoch %d/%d  step %d/%d  loss %.4f  %,.0f examples/s  %s left",
          epoch,
          epochs,
          step,
          steps,
          loss,
          examplesPerSecond,
          clock(secondsLeft));
    }
  }

  /** Whether standard output is a terminal that understands a carriage return. */
  @SuppressWarnings("SystemConsoleNull") // isRealTerminal knows of the newer JDKs
  public static boolean isTerminal() {
    Console console = System.console();
    String term = System.getenv("TERM");
    return console != null && term != null && !term.equals("dumb") && isRealTerminal(console);
  }

  /** From JDK 22 on there is a console without a terminal too, and a method that tells. */
  private static boolean isRealTerminal(Console console) {
    try {
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** After each step. */
  public void step(Position at, double secondsLeft) {
    long now = System.nanoTime();
    if (terminal && (now - lastDrawn >= REDRAW_NANOS || at.step() == at.steps())) {
      lastDrawn = now;
      String line = at.line(secondsLeft);
      out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      out.flush();
      width = line.length();
    } else if (!terminal && at.step() % logEvery == 0) {
      out.println(at.line(secondsLeft));
    }
  }

  /** A line that stays. */
  public void say(String line) {
    if (width > 0) {
      out.print("\r" + " ".repeat(width) + "\r");
      width = 0;
    }
    out.println(line);
  }

  /** After an epoch; test metrics are null where there was no evaluation. */
  public void epoch(int epoch, int epochs, Metrics metrics) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "epoch %d/%d done", epoch, epochs));
    append(line, "train_loss", metrics.trainLoss());
    tested(line, metrics);
  }

  /** After an evaluation inside of an epoch. */
  public void validation(long step, long steps, Metrics metrics) {
    tested(
        new StringBuilder(String.format(Locale.ROOT, "step %d/%d measured", step, steps)), metrics);
  }

  private void tested(StringBuilder line, Metrics metrics) {
    append(line, "test_loss", metrics.testLoss());
    append(line, "test_accuracy", metrics.testAccuracy());
    say(line.toString());
  }

  private static void append(StringBuilder line, String name, @Nullable Double value) {
    if (value != null) {
      line.append(String.format(Locale.ROOT, "  %s %.4f", name, value));
    }
  }

  /** Such as 1:05 or 2:00:05. */
  static String clock(double seconds) {
    long s = Math.round(Math.max(0, seconds));
    return s < 3600
        ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }
}
