package controllers

// DerivedServiceAnnotation is the one constant that Cilium's operator takes from this module.
const DerivedServiceAnnotation = "multicluster.kubernetes.io/derived-service"
