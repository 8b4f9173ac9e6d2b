package io.kindling.jobs;

import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.ModelFile;
import io.kindling.core.DataException;
import io.kindling.nn.Module;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunStatus;
import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What {@code --model} names: the output of a run, or a model file. */
record SavedModel(Directory directory, String file) {
  /**
   * Finds it.
   *
   * @throws FileNotFoundException where there is none
   */
  static SavedModel find(String name, Configuration hadoop) throws IOException {
    Path path = new Path(name);
    FileSystem files = path.getFileSystem(hadoop);
    Path full = files.makeQualified(path);
    boolean isFile = files.exists(full) && files.getFileStatus(full).isFile();
    SavedModel model =
        isFile
            ? new SavedModel(Directory.of(String.valueOf(full.getParent()), hadoop), full.getName())
            : new SavedModel(Directory.of(name, hadoop), RunDirectory.MODEL);
    if (!model.directory.has(model.file)) {
      throw new FileNotFoundException(
          model
              + " does not exist; --model takes the output of a training run that succeeded, or a"
              + " model file");
    }
    return model;
  }

  /**
   * Fills a model.
   *
   * @throws DataException where the weights are not those that the run beside the file wrote
   */
  void loadInto(Module model) throws IOException {
    ModelFile.load(directory.open(file), toString(), model);
    RunStatus status = file.equals(RunDirectory.MODEL) ? RunDirectory.status(directory) : null;
    String written = status == null ? null : status.weightsSha256();
    String read = ModelFile.weightsSha256(model);
    if (written != null && !written.equals(read)) {
      throw new DataException(
              String.format(
                  "%s is damaged: weights_sha256 is %s, and %s beside it says %s; train again, or"
                      + " fetch it again",
                  this, read, RunDirectory.STATUS, written))
          .in(toString());
    }
  }

  @Override
  public String toString() {
    return directory.resolve(file).toString();
  }
}
