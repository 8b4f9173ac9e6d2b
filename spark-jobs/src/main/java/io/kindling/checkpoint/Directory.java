package io.kindling.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * A directory on any Hadoop file system whose files appear whole or not at all.
 *
 * <p>A file is written under a temporary name and renamed over the old one. Object stores have no
 * rename, and need none: there an object appears when its writer closes. Several files together are
 * never atomic; whoever writes them writes a marker last.
 */
public final class Directory {
  /** Where closing a stream publishes, and renaming copies. */
  private static final Set<String> OBJECT_STORES =
      Set.of("s3a", "s3", "s3n", "gs", "oss", "cosn", "obs", "swift");

  private static final String TEMPORARY = ".tmp-";

  private final FileSystem files;
  private final Path path;

  private final Guard guard;

  private Directory(FileSystem files, Path path, Guard guard) {
    this.files = files;
    this.path = path;
    this.guard = guard;
  }

  /** What a file is to hold. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Asked before anything is written or deleted; refuses by throwing. */
  @FunctionalInterface
  public interface Guard {
    void check() throws IOException;
  }

  /** The directory, which need not exist. */
  public static Directory of(String uri, Configuration hadoop) throws IOException {
    Path path = new Path(uri);
    FileSystem files = path.getFileSystem(hadoop);
    Path qualified = files.makeQualified(path);
    // Without checksum files beside each file, which a rename cannot replace together with it.
    return new Directory(
        files instanceof LocalFileSystem local ? local.getRawFileSystem() : files,
        qualified,
        () -> {});
  }

  /** The same directory, in which nothing is written or deleted that the guard refuses. */
  public Directory guardedBy(Guard value) {
    return new Directory(files, path, value);
  }

  /** A directory in this one, under the same guard. */
  public Directory child(String name) {
    return new Directory(files, resolve(name), guard);
  }

  /** Makes the directory where it does not exist. */
  public void create() throws IOException {
    try {
      if (!files.mkdirs(path)) {
        throw new AccessDeniedException(path.toString(), null, "the directory cannot be made");
      }
    } catch (FileAlreadyExistsException | ParentNotDirectoryException e) {
      throw new FileAlreadyExistsException(
          path + ": expected a directory, and there is a file in its place");
    }
  }

  /** The full path of a file in this directory. */
  public Path resolve(String name) {
    return new Path(path, name);
  }

  public boolean has(String name) throws IOException {
    return files.exists(resolve(name));
  }

  /**
   * The names of what it holds, hidden files left out; none where there is no directory.
   *
   * @throws FileAlreadyExistsException where there is a file in its place
   */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try {
      if (files.getFileStatus(path).isFile()) {
        throw new FileAlreadyExistsException(
            path + ": expected a directory, and there is a file in its place");
      }
      for (FileStatus status : files.listStatus(path)) {
        String name = status.getPath().getName();
        if (!name.startsWith(".")) {
          names.add(name);
        }
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    return names;
  }

  public InputStream open(String name) throws IOException {
    return files.open(resolve(name));
  }

  /** A whole file as UTF-8. */
  public String readText(String name) throws IOException {
    try (InputStream in = open(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /**
   * Writes a file, or replaces it; who reads sees the old content or the new one, never a part.
   *
   * @return length and hash of what was written
   */
  public Manifest.Entry publish(String name, Content content) throws IOException {
    guard.check();
    Path target = resolve(name);
    requireNoDirectory(target);
    if (isObjectStore()) {
      return write(target, content);
    }
    Path temporary = resolve("." + name + TEMPORARY + UUID.randomUUID());
    boolean complete = false;
    try {
      Manifest.Entry written = write(temporary, content);
      replace(temporary, target);
      complete = true;
      return written;
    } finally {
      if (!complete) {
        files.delete(temporary, false);
      }
    }
  }

  /** As {@link #publish} with text in UTF-8. */
  public Manifest.Entry publishText(String name, String text) throws IOException {
    return publish(name, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Writes a file that must not be there yet.
   *
   * @return whether it was not; object stores may let two writers pass at the same moment
   */
  boolean createText(String name, String text) throws IOException {
    Path target = resolve(name);
    try {
      fill(
          files.create(target, false),
          target,
          out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
      return true;
    } catch (FileAlreadyExistsException | java.nio.file.FileAlreadyExistsException e) {
      return false;
    } catch (FileNotFoundException e) {
      throw unwritable(e);
    }
  }

  /** Deletes a file, or a directory with all it holds, where it exists. */
  public void delete(String name) throws IOException {
    guard.check();
    files.delete(resolve(name), true);
  }

  /** Deletes what a process that ended in the middle of {@link #publish} left behind. */
  public void deleteTemporaries() throws IOException {
    guard.check();
    FileStatus[] found;
    try {
      found = files.listStatus(path); // Not by a pattern, in which the path's own [ would count.
    } catch (FileNotFoundException e) {
      return;
    }
    for (FileStatus status : found) {
      String name = status.getPath().getName();
      if (name.startsWith(".") && name.contains(TEMPORARY)) {
        files.delete(status.getPath(), false);
      }
    }
  }

  /** A rename would put the file into it. */
  private void requireNoDirectory(Path target) throws IOException {
    if (files.exists(target) && files.getFileStatus(target).isDirectory()) {
      throw new FileAlreadyExistsException(
          target + ": expected a file's name, and there is a directory of that name");
    }
  }

  private boolean isObjectStore() {
    return OBJECT_STORES.contains(path.toUri().getScheme());
  }

  private Manifest.Entry write(Path target, Content content) throws IOException {
    return fill(create(target), target, content);
  }

  private Manifest.Entry fill(FSDataOutputStream file, Path target, Content content)
      throws IOException {
    Manifest.Measured out = new Manifest.Measured(file);
    boolean whole = false;
    try {
      content.writeTo(out);
      whole = true;
      file.close();
      return out.entry();
    } catch (Throwable failure) { // errors too: what is cut short must not be published
      if (!whole || !isObjectStore()) {
        discard(file, target, failure);
      }
      boolean local = failure instanceof FSError; // Hadoop's word for a local disk's refusal.
      if (local || String.valueOf(failure.getMessage()).contains("No space left on device")) {
        Throwable cause = failure.getCause();
        String said = (local && cause != null ? cause : failure).getMessage();
        throw new IOException(path + ": " + said, failure); // It does not name the disk.
      }
      throw failure;
    }
  }

  /** Closing a stream into an object store publishes what was written so far. */
  private void discard(FSDataOutputStream file, Path target, Throwable failure) {
    try {
      if (isObjectStore() && file.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
        file.abort();
        return;
      }
      try {
        file.close();
      } finally {
        files.delete(target, false);
      }
    } catch (IOException | RuntimeException | FSError second) {
      failure.addSuppressed(second);
    }
  }

  /** Hadoop's local file system says "not found" of a file that may not be written. */
  private FSDataOutputStream create(Path target) throws IOException {
    try {
      return files.create(target, true);
    } catch (FileNotFoundException e) {
      throw unwritable(e);
    }
  }

  private AccessDeniedException unwritable(FileNotFoundException e) {
    // Not as its cause, which would be taken for an input that is missing.
    AccessDeniedException failure =
        new AccessDeniedException(path.toString(), null, "cannot write there, " + e.getMessage());
    failure.addSuppressed(e);
    return failure;
  }

  private void replace(Path from, Path to) throws IOException {
    if (files instanceof RawLocalFileSystem) {
      // The operating system's rename replaces; Hadoop's own replacing one deletes before.
      requireRenamed(files.rename(from, to), from, to);
      return;
    }
    try {
      FileContext.getFileContext(path.toUri(), files.getConf())
          .rename(from, to, Options.Rename.OVERWRITE);
    } catch (UnsupportedFileSystemException e) {
      files.delete(to, false);
      requireRenamed(files.rename(from, to), from, to);
    }
  }

  private static void requireRenamed(boolean renamed, Path from, Path to) throws IOException {
    if (!renamed) {
      throw new IOException("cannot rename " + from + " to " + to);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
