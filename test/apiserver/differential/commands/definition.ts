/** A definition with all that kubectl looks at; its group is the topic's own. */
export const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.$NS.example.com}
spec:
  group: $NS.example.com
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gdt], categories: [all, toys]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector}
      selectableFields: [{jsonPath: .spec.color}]
      additionalPrinterColumns:
        - {name: Color, type: string, jsonPath: .spec.color}
        - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
        - {name: Replicas, type: integer, jsonPath: .spec.replicas, priority: 1}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
      schema:
        openAPIV3Schema:
          type: object
          description: Gadget is a thing to play with.
          properties:
            spec:
              type: object
              description: What is wanted.
              required: [color]
              properties:
                color: {type: string, description: Its color., enum: [red, green, blue]}
                replicas: {type: integer, description: How many there are., minimum: 0, default: 1}
                parts:
                  type: array
                  description: What it consists of.
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items:
                    type: object
                    required: [name]
                    properties:
                      name: {type: string, description: The name.}
                      size: {type: integer, description: The size., format: int32}
                tags: {type: array, items: {type: string}, description: Words.}
                notes: {type: object, additionalProperties: {type: string}, description: More words.}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true, description: Anything.}
                size: {x-kubernetes-int-or-string: true, description: How big.}
            status:
              type: object
              description: What there is.
              properties:
                replicas: {type: integer}
                selector: {type: string}
                conditions:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [type]
                  items:
                    type: object
                    required: [type, status]
                    properties:
                      type: {type: string}
                      status: {type: string}
                      reason: {type: string}
`;

export const gadget = (name: string, color: string, more = '') => `apiVersion: $NS.example.com/v1
kind: Gadget
metadata: {name: ${name}, labels: {color: ${color}}}
spec: {color: ${color}${more}}
`;

/** Makes the kind and waits until it is served. */
export const define =
  'command kubectl apply -f crd.yaml && command kubectl wait --for=condition=Established crd/gadgets.$NS.example.com --timeout=20s && sleep 3';
export const undefine = 'command kubectl delete crd gadgets.$NS.example.com --wait=false';
