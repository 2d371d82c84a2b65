module "cluster" {
  source = "./modules/eks"
  name   = "logistics"
}
