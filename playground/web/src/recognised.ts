// Texts that hold no objects, but can be turned into some.

/** What a text is, and the command that prints its objects. */
export interface Recognised {
  readonly text: string;
  readonly command: string;
}

/** Recognises what people paste instead of manifests; null for manifests. */
export function recognised(text: string): Recognised | null {
  const has = (pattern: RegExp) => pattern.test(text);
  if (has(/^\s*\{\{-?\s/m) || has(/\{\{-?\s*(\.Values|\.Release|\.Chart|include|template|toYaml|if|with|range)\b/)) {
    return {
      text: "This is a Helm template. Only what Helm makes of it can be checked: paste what this command prints.",
      command: "helm template my-release ./my-chart --values values.yaml",
    };
  }
  if (has(/^kind:\s*Kustomization\b/m) && !has(/^apiVersion:\s*kustomize\.toolkit\.fluxcd\.io/m)) {
    return {
      text: "This is a kustomization: it names objects and holds none. Paste what this command prints.",
      command: "kubectl kustomize .",
    };
  }
  if (has(/^(apiVersion|kind)\s*:/m) || has(/^\s*[[{]/)) return null;
  if (has(/^services:\s*$/m) && has(/^\s+(image|build)\s*:/m)) {
    return {
      text: "This is a Compose file. Turn it into Kubernetes objects, and paste what this command prints.",
      command: "kompose convert --file compose.yaml --stdout",
    };
  }
  if (has(/^(resources|bases|patches|patchesStrategicMerge|configMapGenerator|components):\s*$\n\s*-\s/m)) {
    return {
      text: "This looks like a kustomization: it names objects and holds none. Paste what this command prints.",
      command: "kubectl kustomize .",
    };
  }
  if (has(/^(replicaCount|image|fullnameOverride|nameOverride|ingress|autoscaling|serviceAccount|global)\s*:/m)) {
    return {
      text: "These look like values of a Helm chart. Paste what this command prints.",
      command: "helm template my-release ./my-chart --values values.yaml",
    };
  }
  return null;
}
