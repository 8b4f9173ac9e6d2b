package io.kindling.report;

import io.kindling.checkpoint.Sha256;
import io.kindling.device.Fingerprint;
import java.util.ArrayList;
import java.util.List;

/**
 * What decides the bits of a run beside its configuration.
 *
 * @param modelSha256 {@link io.kindling.checkpoint.ModelTree#sha256}
 * @param dataSha256 content of the files, wherever they lie
 * @param kernels that compute
 */
public record Identity(String modelSha256, String dataSha256, Fingerprint kernels) {
  /** In which of them a run that was there differs, such as {@code the kernels (was x, is y)}. */
  public List<String> differences(Identity there) {
    List<String> found = new ArrayList<>();
    if (!there.modelSha256.equals(modelSha256)) {
      found.add(told("the model", Sha256.brief(there.modelSha256), Sha256.brief(modelSha256)));
    }
    if (!there.dataSha256.equals(dataSha256)) {
      found.add(told("the data", Sha256.brief(there.dataSha256), Sha256.brief(dataSha256)));
    }
    if (!there.kernels.equals(kernels)) {
      found.add(told("the kernels", there.kernels.toString(), kernels.toString()));
    }
    return found;
  }

  private static String told(String what, String was, String is) {
    return what + " (was " + was + ", is " + is + ")";
  }
}
