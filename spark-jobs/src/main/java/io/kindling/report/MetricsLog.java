package io.kindling.report;

import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.Manifest;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of {@code metrics.jsonl}. While the run lasts they stand in {@code
 * metrics/part-N.jsonl}, where N is the number of lines before the part's first, so that only a
 * short last part is ever written again; at its end all are put together. Lines may be added while
 * others are written.
 */
public final class MetricsLog {
  public static final String PARTS = "metrics";

  private static final int MOST_CHARACTERS = 1 << 18;
  private static final Pattern PART = Pattern.compile("part-(\\d{12})\\.jsonl");

  private final Directory directory;
  private final Object writing = new Object();
  private final StringBuilder part = new StringBuilder();
  private long partStart;
  private long lines;
  private boolean changed;

  MetricsLog(Directory directory) {
    this.directory = directory;
  }

  /** How many lines there are. */
  synchronized long lines() {
    return lines;
  }

  synchronized void add(String line) {
    part.append(line).append('\n');
    lines++;
    changed = true;
  }

  /** Writes what was added since the last time; after a failure it is written at the next. */
  void flush() throws IOException {
    synchronized (writing) {
      String text;
      long start;
      long end;
      synchronized (this) {
        if (!changed) {
          return;
        }
        text = part.toString();
        start = partStart;
        end = lines;
      }
      directory.child(PARTS).publishText(name(start), text);
      synchronized (this) {
        changed = lines > end;
        if (text.length() > MOST_CHARACTERS) {
          part.delete(0, text.length());
          partStart = end;
        }
      }
    }
  }

  private static String name(long start) {
    return String.format(Locale.ROOT, "part-%012d.jsonl", start);
  }

  /** Puts all lines into one file. */
  Manifest.Entry finish() throws IOException {
    flush();
    synchronized (writing) {
      return rewrite(Long.MAX_VALUE, new long[1]);
    }
  }

  /**
   * Goes back to the first lines of what an earlier run of the same directory left.
   *
   * @throws IOException if there are fewer
   */
  void rewind(long keep) throws IOException {
    synchronized (writing) {
      long[] kept = new long[1];
      rewrite(keep, kept);
      if (kept[0] < keep) {
        throw new IOException(
            String.format("%s holds %d lines of metrics, expected %d", directory, kept[0], keep));
      }
    }
    synchronized (this) {
      partStart = keep;
      lines = keep;
    }
  }

  private Manifest.Entry rewrite(long keep, long[] kept) throws IOException {
    Manifest.Entry written =
        directory.publish(
            RunDirectory.METRICS,
            out -> {
              Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
              kept[0] = copy(directory, keep, text);
              text.flush();
            });
    directory.delete(PARTS);
    return written;
  }

  /** Every line that is in the files, in order. */
  public static String read(Directory directory) throws IOException {
    StringWriter text = new StringWriter();
    copy(directory, Long.MAX_VALUE, text);
    return text.toString();
  }

  /** The whole file first, then the parts; what is in both is taken once. */
  private static long copy(Directory directory, long keep, Writer out) throws IOException {
    long lines = copy(directory, RunDirectory.METRICS, 0, 0, keep, out);
    Directory parts = directory.child(PARTS);
    List<String> names = parts.names().stream().sorted().toList();
    for (String name : names) {
      Matcher matcher = PART.matcher(name);
      if (matcher.matches()) {
        lines = copy(parts, name, Long.parseLong(matcher.group(1)), lines, keep, out);
      }
    }
    return lines;
  }

  private static long copy(
      Directory from, String name, long start, long have, long keep, Writer out)
      throws IOException {
    long lines = have;
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(from.open(name), StandardCharsets.UTF_8))) {
      long number = start;
      for (String line = in.readLine(); line != null && lines < keep; line = in.readLine()) {
        if (number++ == lines) {
          out.write(line + "\n");
          lines++;
        }
      }
    } catch (FileNotFoundException e) {
      return have;
    }
    return lines;
  }
}
